import { type ArraySamples, readSamples, type Samples } from '@ashlar/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { viewNames, viewsOf } from '../../src/evaluation/views.ts'

const test = suite('views of pictures')

/** A grey picture for each list of rows. */
type Picture = readonly (readonly number[])[]

function pictures(...all: readonly Picture[]): ArraySamples {
  const [first] = all
  const inputShape = [first!.length, first![0]!.length, 1]
  return {
    inputs: Uint8Array.from(all.flat(2)),
    labels: new Uint8Array(all.length),
    length: all.length,
    info: { inputShape, labelShape: [], inputDtype: 'uint8', inputRange: [0, 255] },
  }
}

const A = [
  [1, 2],
  [3, 4],
]
const B = [
  [5, 6],
  [7, 8],
]
const numbersOf = ({ inputs }: Samples) => Array.from(inputs as Uint8Array)
const seen = (names: readonly string[], ...all: readonly Picture[]) =>
  [...viewsOf(pictures(...all), names)].map(numbersOf)

test('pictures as they are come first, then each view of all of them', () => {
  assert.equal(seen(['flip'], A, B), [
    [1, 2, 3, 4, 5, 6, 7, 8],
    [2, 1, 4, 3, 6, 5, 8, 7],
  ])
  assert.equal(seen(['flip-vertical', 'flip'], A).slice(1), [
    [3, 4, 1, 2],
    [2, 1, 4, 3],
  ])
  // Clockwise by 90, then 180, then 270 degrees.
  assert.equal(seen(['rotate'], A).slice(1), [
    [3, 1, 4, 2],
    [4, 3, 2, 1],
    [2, 4, 1, 3],
  ])
  assert.equal(seen(['shift'], A).slice(1), [
    [1, 1, 3, 3],
    [2, 2, 4, 4],
    [1, 2, 1, 2],
    [3, 4, 3, 4],
  ])
})

test('channels stay together', () => {
  const samples: ArraySamples = {
    ...pictures(A),
    inputs: Uint8Array.of(1, 2, 3, 4, 5, 6),
    info: { inputShape: [1, 2, 3], labelShape: [], inputDtype: 'uint8', inputRange: [0, 255] },
  }
  const [, flipped] = [...viewsOf(samples, ['flip'])]
  assert.equal(numbersOf(flipped!), [4, 5, 6, 1, 2, 3])
})

test('pictures that are read when they are needed are turned as those in memory', async () => {
  const inMemory = pictures(A, B)
  const { info, length } = inMemory
  const streamed: Samples = {
    ...{ info, length },
    stream: {
      dtypes: { inputs: 'uint8', labels: 'uint8' },
      async read(rows, into) {
        for (const [at, row] of rows.entries()) {
          ;(into.inputs as Uint8Array).set(inMemory.inputs.subarray(row * 4, (row + 1) * 4), at * 4)
        }
      },
    },
  }
  const read = [...viewsOf(streamed, ['flip', 'rotate'])].map(async (view) =>
    numbersOf(await readSamples(view, [1, 0])),
  )
  assert.equal(await Promise.all(read), seen(['flip', 'rotate'], B, A))
})

test('what is no view, or none of such samples, is told', () => {
  assert.equal(viewNames, ['flip', 'flip-vertical', 'rotate', 'shift'])
  const refused = (names: readonly string[], samples: Samples) => {
    try {
      return `${[...viewsOf(samples, names)].length} views`
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.match(refused(['flp'], pictures(A)), /--tta: .*flip/)
  assert.match(refused(['rotate'], pictures([[1, 2, 3]])), /pictures must be square to be rotated/)
  const table = { ...pictures(A), info: { ...pictures(A).info, inputShape: [4] } }
  assert.match(refused(['flip'], table), /samples must be pictures, \[height, width, channels\]/)
})

test.run()
