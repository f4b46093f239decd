import { ConfigError, unknownName } from '@ashlar/errors'

/** What an engine is asked to do. */
export interface Work {
  /** `mini-resnet training` */
  readonly name: string
  readonly model: 'mini-resnet' | 'resnet18'
  readonly mode: 'training' | 'inference'
  readonly batch: number
}

const models = ['mini-resnet', 'resnet18'] as const

/** Everything that is measured by default, in this order. */
export const works: readonly Work[] = models.flatMap((model) => [
  workOf(model, 'training', 64),
  workOf(model, 'inference', 1),
  workOf(model, 'inference', 256),
])

function workOf(model: Work['model'], mode: Work['mode'], batch: number): Work {
  return { name: `${model} ${mode}`, model, mode, batch }
}

/**
 * The works whose names and batch sizes were asked for.
 *
 * @param asked words that a name must have, `resnet18 training`, in a list parted by commas; all works by default.
 * @param batches sizes parted by commas; those of the works by default.
 * @throws ConfigError when nothing is left.
 */
export function chooseWorks(asked: string | undefined, batches: string | undefined): Work[] {
  const sizes = batches?.split(',').map(Number)
  if (sizes?.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new ConfigError({
      where: '--batch',
      expected: 'must be whole numbers parted by commas',
      given: batches,
    })
  }
  const wanted = asked?.split(',').map((text) => text.trim().split(/\s+/))
  const named = works.filter(
    ({ name }) =>
      wanted === undefined ||
      wanted.some((words) => words.every((word) => name.split(' ').includes(word))),
  )
  if (named.length === 0) {
    throw new ConfigError(
      unknownName('--work', 'work', asked!, [...new Set(works.map(({ name }) => name))]),
    )
  }
  if (sizes === undefined) return named
  const kinds = new Map(named.map((work) => [work.name, work]))
  return [...kinds.values()].flatMap((work) => sizes.map((batch) => ({ ...work, batch })))
}
