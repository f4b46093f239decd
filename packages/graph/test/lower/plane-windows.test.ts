import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isEachPlane, partsWindow, planeAt } from '../../src/lower/plane-windows.ts'

const test = suite('windows over planes')

/** Three taps over four planes with one of padding at each end, as a convolution has them. */
const forward = { depth: 4, count: 4, taps: 3, start: -1, stride: 1, step: 1 }

test('see planes, and nothing beyond their volume', () => {
  const seen = [0, 1, 2, 3].map((window) => [0, 1, 2].map((tap) => planeAt(forward, window, tap)))
  assert.equal(seen, [
    [undefined, 0, 1],
    [0, 1, 2],
    [1, 2, 3],
    [2, 3, undefined],
  ])
  assert.is(planeAt({ ...forward, start: 1, stride: 2, step: -1 }, 1, 2), 1)
})

test('are the planes as they lie, or not', () => {
  const each = { depth: 4, count: 4, taps: 1, start: 0, stride: 1, step: 1 }
  assert.ok(isEachPlane(each))
  assert.not(isEachPlane(forward))
  assert.not(isEachPlane({ ...each, start: 1 }))
  assert.not(isEachPlane({ ...each, count: 2, stride: 2 }))
})

for (const [name, windows] of Object.entries({
  'of a convolution': forward,
  'of its derivative': { ...forward, start: 1, step: -1 },
  'without padding': { depth: 5, count: 3, taps: 3, start: 0, stride: 1, step: 1 },
  'with gaps': { depth: 6, count: 6, taps: 3, start: -2, stride: 1, step: 2 },
  'that step over planes': { depth: 6, count: 3, taps: 2, start: 0, stride: 2, step: 1 },
})) {
  test(`${name} are windows over the parts of planes`, () => {
    const { kernel, strides, dilations, before, input, output } = partsWindow(windows)!
    const { depth, taps, count } = windows
    assert.is(input[0], depth * taps)
    assert.is(output[0], count)
    for (let window = 0; window < count; window++) {
      const places = Array.from(
        { length: kernel[0]! },
        (_, tap) => window * strides[0]! + tap * dilations[0]! - before[0]!,
      ).filter((place) => place >= 0 && place < input[0]!)
      const expected = Array.from({ length: taps }, (_, tap) => {
        const plane = planeAt(windows, window, tap)
        return plane === undefined ? [] : [plane * taps + tap]
      }).flat()
      assert.equal(
        places.toSorted((a, b) => a - b),
        expected.toSorted((a, b) => a - b),
        `window ${window}`,
      )
    }
  })
}

test('that begin behind the first plane, or leave the last ones out, are none', () => {
  assert.is(partsWindow({ ...forward, start: 1 }), undefined)
  assert.is(partsWindow({ depth: 6, count: 2, taps: 3, start: 0, stride: 1, step: 1 }), undefined)
})

test.run()
