import { EngineError } from '@ashlar/errors'
import seedrandom from 'seedrandom'
import { capturePlace } from '../scope/scope.ts'

/** Sizes that nobody bounds are up to this. */
const LARGEST = 97

/** Makes up sizes that follow from numbers, such as how many boxes are left: other ones in each capture of the program. */
export class FreeSizes {
  readonly #round: number | undefined
  #count = 0

  /** @param round which capture of the program this is; undefined for one of fixed sizes. */
  constructor(round?: number) {
    this.#round = round
  }

  /** How many sizes were asked for. */
  get count(): number {
    return this.#count
  }

  /**
   * The next size.
   *
   * @param most the largest that makes sense.
   *
   * @throws EngineError in a program of fixed sizes.
   */
  next(most: number = LARGEST): number {
    const index = this.#count++
    if (this.#round === undefined) {
      throw new EngineError({
        where: capturePlace(),
        expected:
          'a program of fixed sizes must have no result whose size follows from the numbers',
        hint: 'Use an op whose result is padded to a fixed size.',
      })
    }
    return sampleOf(index, this.#round, Math.min(most, LARGEST))
  }
}

/** The size of one index in one round: other than in the round before, and none is 1 where that can be helped, which broadcasts. */
function sampleOf(index: number, round: number, most: number): number {
  if (most <= 0) return 0
  const least = most >= 3 ? 2 : most === 2 ? 1 : 0
  const range = most - least + 1
  const draw = (at: number) => Math.floor(seedrandom.alea(`free size ${index} ${at}`)() * range)
  const drawn = draw(round)
  return least + (round > 0 && drawn === draw(round - 1) ? (drawn + 1) % range : drawn)
}
