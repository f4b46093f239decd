import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Judge, type Judgement } from '../../src/reduce/judge.ts'
import type { NamedData } from '../../src/tensors.ts'

const test = suite('judging run after run')

const ROWS = 24
const next = seedrandom.alea('judged')
const scores = (width: number) =>
  Float32Array.from({ length: ROWS * width }, () => 2 * next() - 1 + 0.01)

/** What is found when the rows come in runs of some sizes. */
function judged(
  float: Float32Array,
  reduced: Float32Array,
  labels: Uint8Array | Float32Array | undefined,
  sizes: readonly number[],
): Judgement {
  const judge = new Judge()
  const [width, per] = [float.length / ROWS, (labels?.length ?? 0) / ROWS]
  let start = 0
  for (const size of sizes) {
    const part = (data: Float32Array): NamedData => ({
      output: {
        ...{ shape: [size, width], dtype: 'float32' },
        data: data.slice(start * width, (start + size) * width),
      },
    })
    const own = labels?.slice(start * per, (start + size) * per)
    const feeds: NamedData = { input: { ...part(float).output!, shape: [size, width] } }
    judge.add(
      {
        feeds,
        labels: own && [
          {
            ...{ name: undefined, data: own },
            kind: labels instanceof Float32Array ? 'targets' : 'classes',
          },
        ],
      },
      part(float),
      part(reduced),
    )
    start += size
  }
  return judge.done()
}

const RUNS = [[ROWS], [8, 8, 8], [1, 16, 7], Array<number>(ROWS).fill(1)]

const classes = Uint8Array.from({ length: ROWS }, () => Math.floor(3 * next()))
const oneHot = Float32Array.from({ length: 3 * ROWS }, (_, at) =>
  Number(classes[Math.floor(at / 3)] === at % 3),
)

for (const [name, width, labels] of [
  ['classes', 3, classes],
  ['classes as rows of zeros with a single one', 3, oneHot],
  ['numbers to be met', 2, scores(2)],
  ['nothing', 3, undefined],
] as const) {
  test(`with ${name} for labels, runs of any size come to the same`, () => {
    const float = scores(width)
    const reduced = float.map((each) => each + 1.5 * (next() - 0.5))
    const [whole, ...others] = RUNS.map((sizes) => judged(float, reduced, labels, sizes))
    assert.is(whole!.samples, ROWS)
    assert.ok(whole!.drop > 0)
    for (const other of others) {
      assert.equal(Object.keys(other), Object.keys(whole!))
      for (const [key, value] of Object.entries(numbersOf(whole!))) {
        const found = numbersOf(other)[key]!
        assert.ok(Math.abs(found - value) <= 1e-9 * Math.abs(value), `${key}: ${found}, ${value}`)
      }
    }
  })
}

test('accuracy and agreement are counted over all runs', () => {
  const float = scores(3)
  const reduced = scores(3)
  const best = (data: Float32Array, row: number) => {
    const own = [...data.slice(3 * row, 3 * row + 3)]
    return own.indexOf(Math.max(...own))
  }
  const share = (is: (row: number) => boolean) =>
    Array.from({ length: ROWS }, (_, row) => row).filter(is).length / ROWS
  const found = judged(float, reduced, classes, [5, 19])
  assert.is(
    found.agreement,
    share((row) => best(float, row) === best(reduced, row)),
  )
  assert.equal(found.accuracy, {
    float: share((row) => best(float, row) === classes[row]),
    reduced: share((row) => best(reduced, row) === classes[row]),
  })
})

function numbersOf({ accuracy, r2, outputs: _, ...plain }: Judgement): Record<string, number> {
  const both = accuracy ?? r2
  return { ...plain, ...(both && { float: both.float, reduced: both.reduced }) }
}

for (const [name, width, labels] of [
  ['classes', 3, classes],
  ['numbers to be met', 2, scores(2)],
  ['nothing', 3, undefined],
] as const) {
  test(`with ${name} for labels, one output that is no number any more loses everything`, () => {
    const float = scores(width)
    for (const sizes of RUNS) {
      for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const reduced = Float32Array.from(float)
        reduced[reduced.length - 1] = broken
        assert.is(judged(float, reduced, labels, sizes).drop, 100)
      }
    }
    // What is none before is none after.
    const same = Float32Array.from(float)
    same[0] = Number.NaN
    assert.is(judged(same, same, undefined, RUNS[0]!).drop, 0)
  })
}

test.run()
