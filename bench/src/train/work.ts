import { fileURLToPath } from 'node:url'
import { ConfigError, unknownName } from '@ashlar/errors'
import { type Declaration, type OptimizerSpec, type Sizes, sizesOf } from './declaration.ts'
import { declarations } from './works/index.ts'

/** What an engine is asked to do: all of a declaration that can be said in JSON. */
export interface Work {
  /** `mini-resnet training` */
  readonly name: string
  /** Of the declaration: `mini-resnet`. */
  readonly network: string
  readonly mode: 'training' | 'inference'
  readonly batch: number
  readonly sizes: Sizes
  /** What is counted: `images`. */
  readonly samples: string
  /** What is counted in throughput, `tokens` of a language model, and how many a sample has. */
  readonly counted: { readonly what: string; readonly ofSample: number }
  readonly isLanguageModel: boolean
  readonly fromLogits: boolean
  readonly optimizer: OptimizerSpec
  readonly channelsLast: boolean
  /** Path of the file with the networks of the peers in Python. */
  readonly peers: string
  /** Whether there is a layers model for tfjs-node. */
  readonly hasLayersModel: boolean
  /** Modules of Python that write the file that the network is; left out where it is none. */
  readonly exportedWith?: readonly string[]
  /** Path of that file, once it is written. */
  readonly file?: string
}

/** A declaration as work, of its own batch and sizes unless told. */
export function workOf(
  declaration: Declaration,
  mode: Work['mode'] = 'training',
  args: { readonly batch?: number; readonly sizes?: Sizes } = {},
): Work {
  const { batch = declaration.batch, sizes = sizesOf(declaration, false) } = args
  const { name, samples, fromLogits, optimizer, channelsLast, url, layersModel, exportedWith } =
    declaration
  const { isLanguageModel = false } = declaration
  return {
    ...{ name: `${name} ${mode}`, network: name, mode, batch, sizes },
    ...{ samples, isLanguageModel, fromLogits, optimizer, channelsLast },
    counted: isLanguageModel
      ? { what: 'tokens', ofSample: sizes.tokens! }
      : { what: samples, ofSample: 1 },
    peers: fileURLToPath(new URL('peers.py', url)),
    hasLayersModel: layersModel !== undefined,
    ...(exportedWith !== undefined && { exportedWith }),
  }
}

/** Everything that is measured by default, in this order. */
export const works: readonly Work[] = declarations.flatMap((declaration) => [
  workOf(declaration),
  ...(declaration.inference ?? []).map((batch) => workOf(declaration, 'inference', { batch })),
])

/** Stands for all works. */
const ALL = 'all'

/**
 * The works whose names and batch sizes were asked for.
 *
 * @param asked words that a name must have, `resnet18 training`, in a list parted by commas; all works by default, and for `all`.
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
  const has = (name: string, words: readonly string[]) =>
    words.every((word) => word === ALL || name.split(' ').includes(word))
  for (const [index, words] of (wanted ?? []).entries()) {
    if (works.some(({ name }) => has(name, words))) continue
    const known = [ALL, ...new Set(works.map(({ name }) => name))]
    throw new ConfigError(unknownName('--work', 'work', asked!.split(',')[index]!.trim(), known))
  }
  const named = works.filter(
    ({ name }) => wanted === undefined || wanted.some((words) => has(name, words)),
  )
  if (sizes === undefined) return named
  const kinds = new Map(named.map((work) => [work.name, work]))
  return [...kinds.values()].flatMap((work) => sizes.map((batch) => ({ ...work, batch })))
}
