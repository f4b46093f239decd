import { ConfigError } from '@ashlar/errors'
import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { pointAt } from '../space/space.ts'
import { unitOf } from './random.ts'
import type { Suggester } from './suggester.ts'

/** Bits of a coordinate. */
const BITS = 30

/** Degree, coefficients and first direction numbers of each dimension behind the first: Joe and Kuo, SIAM J. Sci. Comput. 30, 2008. */
const PRIMITIVES: readonly (readonly [degree: number, a: number, m: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
  [6, 19, [1, 1, 1, 15, 7, 5]],
  [6, 22, [1, 3, 1, 15, 13, 25]],
  [6, 25, [1, 1, 5, 5, 19, 61]],
  [7, 1, [1, 3, 7, 11, 23, 15, 103]],
  [7, 4, [1, 3, 7, 13, 13, 15, 69]],
]

/** Parameters that a sequence can have. */
const DIMENSIONS = PRIMITIVES.length + 1

/**
 * Points that fill the space evenly, however many there are: a Sobol sequence, shifted at random so that it has no corner in it.
 *
 * @throws ConfigError for more than 21 parameters.
 */
export function sobolSuggester(): Suggester {
  return {
    name: 'sobol',
    learns: false,
    begin({ space, seed }) {
      const { length } = space.parameters
      if (length > DIMENSIONS) {
        throw new ConfigError({
          where: 'suggester sobol',
          expected: `a Sobol sequence has at most ${DIMENSIONS} parameters`,
          given: length,
          hint: 'Take random instead.',
        })
      }
      const shifts = space.parameters.map((_, i) => unitOf('sobol', seed, i))
      return {
        suggest: (index) =>
          pointAt(
            space,
            sobolPoint(index, length).map((unit, i) => (unit + shifts[i]!) % 1),
          ),
      }
    },
  }
}

/**
 * A point of the Sobol sequence, in Gray code's order.
 *
 * @param index 0 for the first, which is the origin.
 * @param dimensions at most 21.
 */
export function sobolPoint(index: number, dimensions: number): number[] {
  const gray = index ^ (index >>> 1)
  return Array.from({ length: dimensions }, (_, dimension) => {
    const directions = directionsOf(dimension)
    let bits = 0
    for (let i = 0; i < BITS; i++) if ((gray >>> i) & 1) bits ^= directions[i]!
    return bits / 2 ** BITS
  })
}

const known = new Map<number, readonly number[]>()

function directionsOf(dimension: number): readonly number[] {
  const found = known.get(dimension)
  if (found !== undefined) return found
  const made = makeDirections(dimension)
  known.set(dimension, made)
  return made
}

function makeDirections(dimension: number): number[] {
  if (dimension === 0) return Array.from({ length: BITS }, (_, i) => 2 ** (BITS - 1 - i))
  const [degree, a, m] = PRIMITIVES[dimension - 1]!
  const directions = m.map((each, i) => each * 2 ** (BITS - 1 - i))
  for (let i = degree; i < BITS; i++) {
    let next = directions[i - degree]! ^ (directions[i - degree]! >>> degree)
    for (let k = 1; k < degree; k++) {
      if ((a >>> (degree - 1 - k)) & 1) next ^= directions[i - k]!
    }
    directions.push(next)
  }
  return directions
}

/** `sobol` as a plugin. */
export const sobolPlugin: Plugin<'suggester'> = definePlugin({
  kind: 'suggester',
  name: 'sobol',
  aliases: ['quasi-random'],
  description:
    'Points that fill the space evenly, however many there are: a shifted Sobol sequence.',
  options: z.strictObject({}),
  create: () => sobolSuggester(),
})
