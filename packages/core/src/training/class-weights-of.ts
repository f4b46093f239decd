import { ConfigError } from '@ashlar/errors'
import type { Samples } from '../data/samples.ts'
import type { Network } from '../network/network.ts'
import { labelColumns } from './check-data.ts'
import { labelUseOf } from './check-heads.ts'
import { type ClassWeights, numbersOf, resolveClassWeights } from './class-weights.ts'
import type { Compiled } from './compile.ts'
import { forwardOf } from './forward.ts'

/**
 * What samples count by their class, for the only output of a model.
 *
 * @param where who asks, for errors.
 * @throws ConfigError for weights of classes where there are several outputs, or labels that come with a stream.
 */
export function classWeightsOf(
  where: string,
  model: Network,
  { heads }: Compiled,
  samples: Samples,
  given: ClassWeights | undefined,
): readonly number[] | undefined {
  if (given === undefined) return undefined
  const [head, ...others] = heads
  const column = labelColumns(samples).find(({ name }) => name === head?.name)
  if (column === undefined && samples.stream !== undefined) {
    if (given !== 'balanced' && head !== undefined) return numbersOf(given)
    throw new ConfigError({
      where,
      expected:
        'balanced `classWeights` need labels that are held in memory, and those of this stream come with their samples',
      hint: 'Give a number for each class.',
    })
  }
  if (head !== undefined && column !== undefined && others.length === 0) {
    const use = labelUseOf(head, forwardOf(model, samples.info))
    return resolveClassWeights(given, { column, length: samples.length }, use)
  }
  throw new ConfigError({
    where,
    expected: '`classWeights` are for a model of one output',
    given: heads.map(({ name }) => name).join(', '),
    hint: 'Give the samples weights of their own.',
  })
}
