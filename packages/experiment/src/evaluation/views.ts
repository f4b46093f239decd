import { type SampleData, type Samples, theOnly } from '@ashlar/core'
import { ConfigError, unknownName } from '@ashlar/errors'

/** Where a pixel of a view comes from; undefined for one beyond the edge, which repeats it. */
type Source = (
  row: number,
  column: number,
  height: number,
  width: number,
) => readonly [row: number, column: number]

/** A shift is this part of a side, one pixel at least. */
const SHIFT = 1 / 16
const shiftOf = (side: number) => Math.max(1, Math.round(side * SHIFT))
const clamp = (at: number, side: number) => Math.min(side - 1, Math.max(0, at))

/** Views of a picture, each by the pixel that it takes. */
const VIEWS: Readonly<Record<string, readonly Source[]>> = {
  flip: [(row, column, _, width) => [row, width - 1 - column]],
  'flip-vertical': [(row, column, height) => [height - 1 - row, column]],
  rotate: [
    (row, column, height) => [height - 1 - column, row],
    (row, column, height, width) => [height - 1 - row, width - 1 - column],
    (row, column, _, width) => [column, width - 1 - row],
  ],
  shift: (
    [
      [0, 1],
      [0, -1],
      [1, 0],
      [-1, 0],
    ] as const
  ).map(
    ([down, right]): Source =>
      (row, column, height, width) => [
        clamp(row - down * shiftOf(height), height),
        clamp(column - right * shiftOf(width), width),
      ],
  ),
}

/** Names of views that {@link viewsOf} knows. */
export const viewNames: readonly string[] = Object.keys(VIEWS)

/**
 * Samples of pictures as they are, then as each view shows them: `flip` from left to right, `flip-vertical`, `rotate` by 90, 180 and 270 degrees, `shift` by a sixteenth in
 * each of four directions, the edge repeated. Made one after the other.
 *
 * @throws ConfigError for a name that is none, samples that are no pictures, and `rotate` of pictures that are not square.
 */
export function* viewsOf(samples: Samples, names: readonly string[]): Generator<Samples> {
  const { inputShape } = samples.info
  for (const name of names) {
    if (!Object.hasOwn(VIEWS, name))
      throw new ConfigError(unknownName('--tta', 'view', name, viewNames))
  }
  if (inputShape.length !== 3) {
    throw new ConfigError({
      where: '--tta',
      expected: 'samples must be pictures, [height, width, channels]',
      given: inputShape,
    })
  }
  const [height, width] = inputShape as [number, number, number]
  if (names.includes('rotate') && height !== width) {
    throw new ConfigError({
      where: '--tta',
      expected: 'pictures must be square to be rotated',
      given: inputShape,
    })
  }
  yield samples
  for (const name of names) {
    for (const source of VIEWS[name]!) yield viewed(samples, source)
  }
}

function viewed(samples: Samples, source: Source): Samples {
  const { inputShape } = samples.info
  if (samples.stream === undefined) {
    return { ...samples, inputs: turned(theOnly('--tta', samples.inputs), inputShape, source) }
  }
  const { stream } = samples
  return {
    ...samples,
    stream: {
      ...stream,
      async read(rows, into, options) {
        await stream.read(rows, into, options)
        const inputs = theOnly('--tta', into.inputs)
        inputs.set(turned(inputs, inputShape, source))
      },
    },
  }
}

function turned(inputs: SampleData, inputShape: readonly number[], source: Source): SampleData {
  const [height, width, channels] = inputShape as [number, number, number]
  const size = height * width * channels
  const view = inputs.slice()
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [fromRow, fromColumn] = source(row, column, height, width)
      const [to, from] = [
        (row * width + column) * channels,
        (fromRow * width + fromColumn) * channels,
      ]
      for (let start = 0; start < view.length; start += size) {
        for (let channel = 0; channel < channels; channel++) {
          view[start + to + channel] = inputs[start + from + channel]!
        }
      }
    }
  }
  return view
}
