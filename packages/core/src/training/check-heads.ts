import { ConfigError } from '@ashlar/errors'
import type { Samples } from '../data/samples.ts'
import { checkLabels, type LabelUse, labelColumns } from './check-data.ts'
import type { Compiled, OutputHead } from './compile.ts'
import { type Forward, outputOf } from './forward.ts'

/** What the labels of an output are held against. */
export function labelUseOf({ name, loss }: OutputHead, forward: Forward): LabelUse {
  return { reading: loss, outputShape: outputOf(forward, name)?.shape }
}

/**
 * Looks at the labels of all outputs once, each as its loss takes them.
 *
 * @param areWeighed whether they choose a weight.
 * @throws DataError that names the first that the loss cannot mean.
 */
export function checkAllLabels(
  where: string,
  { heads }: Pick<Compiled, 'heads'>,
  samples: Samples,
  forward: Forward,
  areWeighed = false,
): void {
  const columns = labelColumns(samples)
  for (const head of heads) {
    const column = columns.find(({ name }) => name === head.name)
    if (column === undefined) continue
    checkLabels(where, column, samples, { ...labelUseOf(head, forward), areWeighed })
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
