import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import type { Graph } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { separateOutputs } from '../../src/passes/outputs.ts'
import { drawMasks } from '../../src/passes/random-masks.ts'
import { openOnnx } from '../../src/run/open-onnx.ts'

const test = suite('masks of random bits')

const key = { seed: { shape: [], dtype: 'int32' }, step: { shape: [], dtype: 'int32' } } as const

const captured = (program: () => tf.Tensor) => capture(() => ({ y: program() }), { inputs: key })

async function run(graph: Graph): Promise<number[]> {
  separateOutputs(graph)
  const model = await openOnnx(writeOnnx(lower(graph, portableTarget()), { opset: 17 }))
  const scalar = (value: number) => ({ shape: [], data: Int32Array.of(value) })
  const { y } = await model.run({ seed: scalar(5), step: scalar(3) })
  await model.dispose()
  return [...(y!.data as Float32Array)]
}

const ops = ({ nodes }: Graph) => nodes.map(({ op }) => op)

const MASK = (1n << 64n) - 1n
const turned = (x: bigint) => ((x >> 32n) | (x << 32n)) & MASK

/** The rounds of the generator (Widynski 2020), each on the last one's halves in turn: the upper 32 bits of the fourth and of the fifth are taken. */
function words(counter: bigint, generatorKey: bigint): [fourth: bigint, fifth: bigint] {
  const y = (counter * generatorKey) & MASK
  const z = (y + generatorKey) & MASK
  const rounds: bigint[] = []
  let x = y
  for (const addend of [y, z, y, z, y]) {
    const round = (x * x + addend) & MASK
    rounds.push(round >> 32n)
    x = turned(round)
  }
  return [rounds[3]!, rounds[4]!]
}

/** For the first draw of a program, under the seed and step of `run`. */
function expectedMask(count: number, kept: number): number[] {
  const [seed, step, salt] = [5n, 3n, 1n]
  const counter = (seed << 24n) + 2n * salt
  const [high] = words(counter, 0x6a09e667f3bcc909n)
  const [low] = words(counter, 0xbb67ae8584caa73bn)
  const generatorKey = ((high << 32n) + ((low >> 1n) << 1n) + 1n) & MASK
  const quarter = Math.ceil(count / 4)
  const drawn = Array.from({ length: quarter }, (_, place) =>
    words((step << 32n) + BigInt(place), generatorKey).flatMap((word) => [
      Number(word >> 16n),
      Number(word & 0xffffn),
    ]),
  )
  const numbers = [0, 1, 2, 3].flatMap((lane) => drawn.map((each) => each[lane]!))
  return numbers.slice(0, count).map((each) => (each >= Math.round((1 - kept) * 65536) ? 1 : 0))
}

for (const kept of [0.5, 0.9, 0.1, 1 / 3, 15 / 16]) {
  for (const shape of [[7, 333], [1], [2], [3, 2], [64]]) {
    test(`keeps ${kept} of [${shape}], by the bits of the generator`, async () => {
      const graph = captured(() => tf.floor(tf.add(tf.randomUniform(shape), kept)))
      drawMasks(graph)
      removeDeadCode(graph)
      assert.equal(ops(graph), ['RandomMask'])
      const count = shape.reduce((all, size) => all * size, 1)
      assert.equal(await run(graph), expectedMask(count, kept))
    })
  }
}

// So few are kept, or dropped, that 16 bits would not tell how many.
for (const kept of [0.01, 0.99, 2 ** -24, 1 - 2 ** -24]) {
  test(`a share of ${kept} is drawn as numbers`, () => {
    const graph = captured(() => tf.floor(tf.add(tf.randomUniform([7, 333]), kept)))
    drawMasks(graph)
    removeDeadCode(graph)
    assert.ok(ops(graph).includes('RandomUniform'))
  })
}

test('elements are dropped by themselves, also those that share a counter', async () => {
  const [count, kept] = [40_000, 0.7]
  const graph = captured(() => tf.floor(tf.add(tf.randomUniform([count]), kept)))
  drawMasks(graph)
  removeDeadCode(graph)
  const mask = (await run(graph)).map((each) => (each - kept) / Math.sqrt(kept * (1 - kept)))
  const quarter = count / 4
  // Five standard errors of a correlation that is none.
  const bound = 5 / Math.sqrt(quarter)
  for (const [lane, other] of [
    ...[0, 1, 2].flatMap((from) =>
      [1, 2, 3].filter((to) => to > from).map((to) => [from, to] as const),
    ),
    ...[0, 1, 2, 3].map((each) => [each, each] as const),
  ]) {
    for (const apart of lane === other ? [1, 2, 3] : [0, 1]) {
      const products = Array.from(
        { length: quarter - apart },
        (_, at) => mask[lane * quarter + at]! * mask[other * quarter + at + apart]!,
      )
      const mean = products.reduce((sum, each) => sum + each, 0) / products.length
      assert.ok(Math.abs(mean) < bound, `lanes ${lane} and ${other}, ${apart} apart: ${mean}`)
    }
  }
  const share = mask.reduce((sum, each) => sum + each, 0) / count
  assert.ok(Math.abs(share) < 5 / Math.sqrt(count), `${share}`)
})

test("tfjs's dropout has one", () => {
  const graph = captured(() => tf.dropout(tf.ones([4, 5]), 0.25))
  drawMasks(graph)
  removeDeadCode(graph)
  assert.ok(ops(graph).includes('RandomMask'))
  assert.not(ops(graph).includes('RandomUniform'))
})

test('numbers that are needed themselves stay', () => {
  const twice = captured(() => {
    const u = tf.randomUniform([8])
    return tf.add(u, tf.floor(tf.add(u, 0.5)))
  })
  const other = captured(() => tf.floor(tf.add(tf.randomUniform([8], 0, 3), 0.5)))
  const beyond = captured(() => tf.floor(tf.add(tf.randomUniform([8]), 1.5)))
  for (const graph of [twice, other, beyond]) {
    drawMasks(graph)
    assert.not(ops(graph).includes('RandomMask'))
  }
})

test.run()
