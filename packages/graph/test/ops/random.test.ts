import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
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

const mean = (numbers: ArrayLike<number>) =>
  Array.from(numbers).reduce((sum, each) => sum + each, 0) / numbers.length

test('truncated normal numbers have the moments of their distribution, and stay within it', async () => {
  const [drawn] = await draw(() => ({ n: tf.truncatedNormal([40000], 2, 3) }), [[5, 1]])
  const z = Array.from(drawn!.n!, (value) => (value - 2) / 3)
  for (const value of z) assert.ok(Math.abs(value) <= 2.00001)
  // 1 - 4 phi(2) / erf(sqrt(2)), and the fourth moment by the same recursion.
  const density = Math.exp(-2) / Math.sqrt(2 * Math.PI)
  const variance = 1 - (4 * density) / 0.954499736103642
  const fourth = 3 * variance - (16 * density) / 0.954499736103642
  const bound = (spread: number) => 5 * Math.sqrt(spread / z.length)
  assert.ok(Math.abs(mean(z)) < bound(variance))
  assert.ok(Math.abs(mean(z.map((each) => each ** 2)) - variance) < bound(fourth))
  assert.ok(Math.abs(mean(z.map((each) => each ** 4)) - fourth) < bound(16))
  // Between -1 and 1 lie erf(1 / sqrt 2) / erf(sqrt 2) of all.
  const inner = z.filter((each) => Math.abs(each) < 1).length / z.length
  assert.ok(Math.abs(inner - 0.682689492137086 / 0.954499736103642) < bound(0.25), `${inner}`)
})

for (const [low, high, shape] of [
  [0, 10, [20000]],
  [-3, 4, [100, 200]],
  [-5, -2, [20000]],
  [7, 8, [5000]],
  [-1, 1, [5000]],
  [1000, 1003, [20000]],
] as const) {
  test(`whole numbers from ${low} to ${high} are as often as tfjs draws them`, async () => {
    const program = () => ({
      i: tf.randomUniform([...shape], low, high, 'int32'),
      same: tf.randomUniformInt([...shape], low, high),
    })
    const [drawn] = await draw(program, [[11, 3]])
    for (const numbers of [drawn!.i!, drawn!.same!]) {
      const counts = new Map<number, number>()
      for (const value of numbers) counts.set(value, (counts.get(value) ?? 0) + 1)
      // tfjs drops the fraction: from -1 to 1 all becomes 0.
      const shares = new Map<number, number>()
      for (let start = low; start < high; start++) {
        const value = start < 0 ? start + 1 : start
        shares.set(value, (shares.get(value) ?? 0) + 1 / (high - low))
      }
      for (const [value, share] of shares) {
        const count = counts.get(value) ?? 0
        const expected = share * numbers.length
        assert.ok(Math.abs(count - expected) <= 5 * Math.sqrt(expected) + 1, `${value}: ${count}`)
        counts.delete(value)
      }
      assert.is(counts.size, low < 0 ? counts.size : 0)
      for (const [value, count] of counts) assert.ok(value === low && count <= 1, `${value}`)
    }
  })
}

test('few numbers are drawn from their range too', async () => {
  const steps = Array.from({ length: 400 }, (_, step) => [9, step] as const)
  const drawn = await draw(
    () => ({
      one: tf.randomUniform([1], -2, 6),
      scalar: tf.randomNormal([], 5, 0.123456),
      two: tf.truncatedNormal([2], 1, 0.5),
      whole: tf.randomUniform([1], -2, 3, 'int32'),
      third: tf.randomUniformInt([2], 0, 2),
      flag: tf.cast(tf.randomUniform([1], 0, 2, 'bool'), 'int32'),
    }),
    steps,
  )
  const all = (name: string) => drawn.flatMap((each) => [...each[name]!])
  const spread = (numbers: number[]) =>
    Math.sqrt(mean(numbers.map((each) => (each - mean(numbers)) ** 2)))
  assert.ok(Math.abs(mean(all('one')) - 2) < 5 * (8 / Math.sqrt(12 * 400)))
  assert.ok(Math.abs(spread(all('one')) - 8 / Math.sqrt(12)) < 0.3)
  assert.ok(Math.abs(mean(all('scalar')) - 5) < 5 * (0.123456 / 20))
  assert.ok(Math.abs(spread(all('scalar')) - 0.123456) < 0.03)
  assert.ok(Math.abs(mean(all('two')) - 1) < 5 * (0.44 / Math.sqrt(800)))
  for (const value of all('two')) assert.ok(value >= 0 && value <= 2)
  // Of -2 to 3: -1 once, 0 twice, 1 and 2 once.
  const part = (name: string, value: number) =>
    all(name).filter((each) => each === value).length / all(name).length
  assert.ok(Math.abs(part('whole', 0) - 0.4) < 0.13, `${part('whole', 0)}`)
  assert.ok(Math.abs(part('whole', 2) - 0.2) < 0.1)
  assert.ok(Math.abs(part('third', 1) - 0.5) < 0.1)
  assert.ok(Math.abs(part('flag', 1) - 0.5) < 0.13)
})

test('ranges are found as exactly as float32 tells them', () => {
  const next = seedrandom.alea('ranges')
  for (let round = 0; round < 60; round++) {
    const [offset, scale] = [
      (next() - 0.5) * 10 ** (round % 5),
      (next() + 0.01) * 10 ** (3 - (round % 6)),
    ]
    const count = 1 + (round % 7)
    const graph = capture(
      () => ({
        u: tf.randomUniform([count], offset, offset + scale),
        n: tf.randomNormal([count], offset, scale),
        t: tf.truncatedNormal([count], offset, scale),
      }),
      { inputs: key },
    )
    for (const { op, attrs } of graph.nodes) {
      const size = Math.abs(offset) + scale
      assert.ok(
        Math.abs(Number(attrs.offset) - offset) < 3e-6 * size,
        `${op} ${round}: ${attrs.offset} ${offset}`,
      )
      assert.ok(
        Math.abs(Number(attrs.scale) - scale) < 3e-6 * size,
        `${op} ${round}: ${attrs.scale} ${scale}`,
      )
    }
  }
})

test('multinomial draws outcomes as often as they are likely, anew in each step and row', async () => {
  const logits = tf.tensor2d([
    [0, 1, -1],
    [2, 2, -5],
  ])
  const program = () => ({
    drawn: tf.multinomial(logits, 8000),
    likely: tf.multinomial(tf.tensor1d([0.2, 0.5, 0.3]), 8000, undefined, true),
    fixed: tf.multinomial(logits, 20, 42),
  })
  const [first, second] = await draw(program, [
    [3, 1],
    [3, 2],
  ])
  const expected = [...tf.softmax(logits).dataSync(), 0.2, 0.5, 0.3]
  for (const { drawn, likely } of [first!, second!]) {
    const rows = [drawn!.slice(0, 8000), drawn!.slice(8000), likely!]
    for (const [row, numbers] of rows.entries()) {
      for (const outcome of [0, 1, 2]) {
        const part = numbers.filter((each) => each === outcome).length / 8000
        assert.ok(Math.abs(part - expected[3 * row + outcome]!) < 5 * Math.sqrt(0.25 / 8000))
      }
    }
    assert.not.equal(rows[0]!.slice(0, 50), rows[1]!.slice(0, 50))
  }
  assert.not.equal(first!.drawn, second!.drawn)
  // With a seed of its own it is what tfjs draws with that, in each step.
  assert.equal(first!.fixed, second!.fixed)
  assert.equal([...first!.fixed!], [...tf.multinomial(logits, 20, 42).dataSync()])
  logits.dispose()
})

test.run()
