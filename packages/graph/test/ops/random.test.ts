import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { compile } from '../../src/run/compile.ts'
import { closeTo } from '../support/close-to.ts'

const test = suite('random kernels')

const key = { seed: { shape: [], dtype: 'int32' }, step: { shape: [], dtype: 'int32' } } as const

/** Compiles a program that draws, and runs it for several seeds and steps. */
async function draw(
  program: () => Record<string, tf.Tensor>,
  keys: readonly (readonly [seed: number, step: number])[],
): Promise<Record<string, Float32Array>[]> {
  const compiled = await compile(capture(program, { inputs: key }))
  const drawn: Record<string, Float32Array>[] = []
  for (const [seed, step] of keys) {
    const results = await compiled.run({ seed: Int32Array.of(seed), step: Int32Array.of(step) })
    drawn.push(
      Object.fromEntries(
        Object.entries(results).map(([name, data]) => [name, (data as Float32Array).slice()]),
      ),
    )
  }
  await compiled.dispose()
  return drawn
}

const MASK = (1n << 64n) - 1n
const swap = (x: bigint) => ((x >> 32n) | (x << 32n)) & MASK

/** The generator as its author defines it (Widynski 2020). */
function squares(counter: bigint, generatorKey: bigint): bigint {
  const y = (counter * generatorKey) & MASK
  const z = (y + generatorKey) & MASK
  let x = swap((y * y + y) & MASK)
  x = swap((x * x + z) & MASK)
  x = swap((x * x + y) & MASK)
  return ((x * x + z) & MASK) >> 32n
}

function expectedUniform(seed: number, step: number, salt: number, count: number): number[] {
  const counter = ((BigInt(seed) << 24n) + BigInt(2 * salt)) & MASK
  const high = squares(counter, 0x6a09e667f3bcc909n)
  const low = squares(counter, 0xbb67ae8584caa73bn)
  const generatorKey = ((high << 32n) + ((low >> 1n) << 1n) + 1n) & MASK
  return Array.from({ length: count }, (_, place) => {
    const bits = squares(((BigInt(step) << 32n) + BigInt(place)) & MASK, generatorKey)
    return Number(bits >> 8n) / 2 ** 24
  })
}

test('uniform numbers are those of the generator', async () => {
  const [drawn] = await draw(() => ({ u: tf.randomUniform([2, 50]) }), [[123456789, 7]])
  assert.equal([...drawn!.u!], expectedUniform(123456789, 7, 1, 100).map(Math.fround))
})

test('uniform numbers spread evenly over their range', async () => {
  const [drawn] = await draw(() => ({ u: tf.randomUniform([20000], -3, 5) }), [[1, 1]])
  const bins = new Array<number>(8).fill(0)
  for (const value of drawn!.u!) bins[Math.floor(value + 3)]!++
  for (const count of bins) assert.ok(Math.abs(count - 2500) < 5 * Math.sqrt(2500), `${bins}`)
})

test('normal numbers have the moments of their distribution', async () => {
  const [drawn] = await draw(() => ({ n: tf.randomNormal([40000], 2, 3) }), [[5, 1]])
  const z = Array.from(drawn!.n!, (value) => (value - 2) / 3)
  const moment = (power: number) => z.reduce((sum, each) => sum + each ** power, 0) / z.length
  // Five standard errors of each sample moment.
  const bound = (variance: number) => 5 * Math.sqrt(variance / z.length)
  assert.ok(Math.abs(moment(1)) < bound(1), `mean ${moment(1)}`)
  assert.ok(Math.abs(moment(2) - 1) < bound(2), `variance ${moment(2)}`)
  assert.ok(Math.abs(moment(3)) < bound(15), `skew ${moment(3)}`)
  assert.ok(Math.abs(moment(4) - 3) < bound(96), `kurtosis ${moment(4)}`)
})

test('numbers repeat with the key, and differ with seed, step and place in the program', async () => {
  const program = () => ({ a: tf.randomUniform([64]), b: tf.randomUniform([64]) })
  const [first, again, nextStep, otherSeed] = await draw(program, [
    [3, 1],
    [3, 1],
    [3, 2],
    [4, 1],
  ])
  assert.equal(first, again)
  const lists = [first!.a!, first!.b!, nextStep!.a!, nextStep!.b!, otherSeed!.a!, otherSeed!.b!]
  for (const [index, list] of lists.entries()) {
    for (const other of lists.slice(index + 1)) {
      const equal = list.filter((value, at) => value === other[at]).length
      assert.ok(equal <= 1, `${equal} of 64 numbers are equal`)
    }
  }
})

test('negative seeds are as good as others', async () => {
  const [drawn] = await draw(() => ({ u: tf.randomUniform([8]) }), [[-5, 1]])
  closeTo(drawn!.u!, expectedUniform(2 ** 32 - 5, 1, 1, 8), 1e-7)
})

test('dropout keeps its share and scales what it keeps', async () => {
  const [one, two] = await draw(
    () => ({ y: tf.dropout(tf.ones([10000]), 0.25) }),
    [
      [1, 1],
      [1, 2],
    ],
  )
  const kept = one!.y!.filter((value) => value !== 0)
  assert.ok(Math.abs(kept.length - 7500) < 5 * Math.sqrt(10000 * 0.25 * 0.75), `${kept.length}`)
  for (const value of kept) assert.ok(Math.abs(value - 1 / 0.75) < 1e-6)
  assert.ok(one!.y!.some((value, at) => value !== two!.y![at]))
})

test.run()
