import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { onnxruntimeEngine, type Program, tfjsEngine, uniformDraws } from '../../src/index.ts'

const { test, slow } = tieredSuite('random draws')

function draw(seed: number, step: number, batch: number, count: number, salt = 0): number[][] {
  return tf.tidy(() =>
    uniformDraws(
      { seed: tf.scalar(seed, 'int32'), step: tf.scalar(step, 'int32') },
      batch,
      count,
      salt,
    ).map((each) => [...each.dataSync()]),
  )
}

/** The same generator in plain numbers. */
function reference(seed: number, step: number, row: number, column: number): number {
  const multipliers = [30803, 27191, 32057, 25033, 31847, 28663, 29411, 26497]
  const keys = [seed % 65536, Math.floor(seed / 65536), step % 65536, Math.floor(step / 65536)]
  let [left, right] = [row, column]
  for (const [round, multiplier] of multipliers.entries()) {
    const key = (keys[round % 4]! + ((round * 40503) % 65536)) % 65536
    const changed = (right * multiplier + key) % 65536
    const product = changed * Math.floor(changed / 2)
    assert.ok(product < 2 ** 31)
    const next = (left + Math.floor(product / 256) + changed) % 65536
    left = right
    right = next
  }
  return (left * 256 + Math.floor(right / 256)) / 2 ** 24
}

test('are what the definition says, up to the largest seed and step', () => {
  for (const [seed, step] of [
    [0, 0],
    [42, 7],
    [2 ** 31 - 1, 2 ** 31 - 1],
  ] as const) {
    const found = draw(seed, step, 5, 3, 2)
    for (const [column, values] of found.entries()) {
      assert.equal(
        values,
        values.map((_, row) => reference(seed, step, row, 2 + column)),
      )
    }
  }
  assert.equal(draw(1, 1, 4, 0), [])
})

test('every engine makes the very same numbers', async () => {
  const program: Program = {
    name: 'draws',
    inputs: () => ({
      seed: { shape: [], dtype: 'int32' },
      step: { shape: [], dtype: 'int32' },
    }),
    run({ seed, step }) {
      const [first, second] = uniformDraws({ seed: seed!, step: step! }, 64, 2)
      return { first: first!, second: second! }
    },
  }
  const [seed, step] = [123_456_789, 987_654_321]
  for (const engine of [tfjsEngine(), onnxruntimeEngine()]) {
    const session = await engine.open({})
    const found = await session.prepare(program).run(64, {
      seed: Int32Array.of(seed),
      step: Int32Array.of(step),
    })
    await session.dispose()
    const expected = draw(seed, step, 64, 2)
    assert.equal([[...found.first!], [...found.second!]], expected, engine.name)
  }
})

/** Correlation of two lists. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0) / list.length
  const [ma, mb] = [mean(a), mean(b)]
  const over = (f: (x: number, y: number) => number) =>
    a.reduce((sum, each, i) => sum + f(each - ma, b[i]! - mb), 0)
  return over((x, y) => x * y) / Math.sqrt(over((x) => x * x) * over((_, y) => y * y))
}

slow('are uniform, and neighbours in any direction have nothing in common', () => {
  const BATCH = 64
  const STEPS = 300
  const bySteps = Array.from({ length: STEPS }, (_, step) => draw(42, step, BATCH, 2))
  const first = bySteps.flatMap(([each]) => each!)
  const second = bySteps.flatMap(([, each]) => each!)
  const count = first.length
  for (const values of [first, second]) {
    assert.ok(values.every((value) => value >= 0 && value < 1))
    const bins = new Array<number>(64).fill(0)
    for (const value of values) bins[Math.floor(value * 64)]!++
    const expected = count / 64
    const chi = bins.reduce((sum, each) => sum + (each - expected) ** 2 / expected, 0)
    // 63 degrees of freedom: beyond 103 is one in a thousand.
    assert.ok(chi < 103, `chi squared ${chi}`)
  }
  // Four standard deviations.
  const allowed = 4 / Math.sqrt(count)
  const pairs: Record<string, [readonly number[], readonly number[]]> = {
    'two draws': [first, second],
    'two steps': [first.slice(BATCH), first.slice(0, -BATCH)],
    'two samples': [first.slice(1), first.slice(0, -1)],
    'two seeds': [first, Array.from({ length: STEPS }, (_, s) => draw(43, s, BATCH, 1)[0]!).flat()],
    'two salts': [
      first,
      Array.from({ length: STEPS }, (_, s) => draw(42, s, BATCH, 1, 7)[0]!).flat(),
    ],
  }
  for (const [name, [a, b]] of Object.entries(pairs)) {
    const found = correlation(a, b)
    assert.ok(Math.abs(found) < allowed, `${name}: ${found}`)
    // Also of the lower bits.
    const low = (list: readonly number[]) => list.map((value) => (value * 4096) % 1)
    assert.ok(Math.abs(correlation(low(a), low(b))) < allowed, `${name}, lower bits`)
  }
})

slow('one sample over many steps is uniform as well', () => {
  const bins = new Array<number>(16).fill(0)
  for (let step = 0; step < 3200; step++) bins[Math.floor(draw(7, step, 2, 1)[0]![1]! * 16)]!++
  const chi = bins.reduce((sum, each) => sum + (each - 200) ** 2 / 200, 0)
  // 15 degrees of freedom.
  assert.ok(chi < 37.7, `chi squared ${chi}`)
})

test.run()
