import { ConfigError } from '@ashlar/errors'
import type { Samples } from '../data/samples.ts'
import { checkLabels, type LabelUse, labelColumns } from './check-data.ts'
import { type Compiled, type OutputHead, readingOfHead } from './compile.ts'
import { type Forward, outputOf } from './forward.ts'

/** What the labels of an output are held against. */
export function labelUseOf(head: OutputHead, forward: Forward): LabelUse {
  const { loss, name } = head
  return {
    ...{ reading: readingOfHead(head), outputShape: outputOf(forward, name)?.shape },
    ...(loss.problemOf && { problemOf: (label, use) => loss.problemOf!(label, use) }),
  }
}

/**
 * Looks at the labels of all outputs once, each as its loss takes them.
 *
 * @param areWeighed whether those of an output choose a weight.
 * @throws DataError that names the first that the loss cannot mean.
 */
export function checkAllLabels(
  where: string,
  { heads }: Pick<Compiled, 'heads'>,
  samples: Samples,
  forward: Forward,
  areWeighed: (head: OutputHead) => boolean = () => false,
): void {
  const columns = labelColumns(samples)
  for (const head of heads) {
    const column = columns.find(({ name }) => name === head.name)
    if (column === undefined) continue
    checkLabels(where, column, samples, {
      ...labelUseOf(head, forward),
      areWeighed: areWeighed(head),
    })
  }
}

/** @throws ConfigError for a model with a step of its own that was compiled without a loss: there is nothing to measure it by. */
export function checkHeads(where: string, { heads }: Pick<Compiled, 'heads'>): void {
  if (heads.length > 0) return
  throw new ConfigError({
    where,
    expected: 'the model must be compiled with a loss to be evaluated by',
    hint: 'A `trainStep` says how it is trained; compile({ optimizer, loss, metrics }) says what `call` gives is held against.',
  })
}
