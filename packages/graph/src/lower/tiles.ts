import { sizeOf } from '../ir/index.ts'
import type { Window } from './window.ts'

/** Windows of an image taken together, tile by tile. */
export interface Tiles {
  /** Windows of a tile along each axis; they divide the output. */
  readonly size: readonly number[]
  /** What a tile sees: a window of its own, without gaps between its taps. */
  readonly window: Window
}

/** A single number that is looked up costs about as much as this many multiply-adds of a matrix product. */
const LOOK_UP = 100

/**
 * The tiles for which the products of any two taps that a tile sees, and then the look-up of each window's own among them, are the least work. Tiles of
 * one window where nothing is gained.
 */
export function tilesOf(window: Window, batch: number): Tiles {
  let best = tilesOfSize(
    window,
    window.output.map(() => 1),
  )
  const taps = Number(sizeOf(window.kernel))
  const work = ({ size, window: tile }: Tiles) => {
    const seen = Number(sizeOf(tile.kernel))
    const windows = Number(sizeOf(size))
    const found = windows === 1 ? 0 : windows * taps * taps
    return batch * Number(sizeOf(tile.output)) * seen * seen + LOOK_UP * found
  }
  for (const size of sizesOf(window.output)) {
    const tiles = tilesOfSize(window, size)
    if (work(tiles) < work(best)) best = tiles
  }
  return best
}

/** All sizes that divide the output. */
function sizesOf(output: readonly number[]): number[][] {
  return output.reduce<number[][]>(
    (sizes, count) => {
      const divisors = Array.from({ length: count }, (_, index) => index + 1).filter(
        (each) => count % each === 0,
      )
      return sizes.flatMap((size) => divisors.map((each) => [...size, each]))
    },
    [[]],
  )
}

function tilesOfSize(window: Window, size: readonly number[]): Tiles {
  if (size.every((each) => each === 1)) return { size, window }
  const { kernel, strides, dilations, output } = window
  return {
    size,
    window: {
      ...window,
      kernel: kernel.map(
        (taps, axis) => (taps - 1) * dilations[axis]! + 1 + (size[axis]! - 1) * strides[axis]!,
      ),
      strides: strides.map((stride, axis) => stride * size[axis]!),
      dilations: dilations.map(() => 1),
      output: output.map((count, axis) => count / size[axis]!),
    },
  }
}
