import { blockPlugins } from '@ashlar/blocks'
import { networkExamples } from '@ashlar/blocks/testing'
import type { Plugin } from '@ashlar/core'
import { smallOptions } from './training.ts'

/** A block or model to try. */
export interface TriedNetwork {
  readonly title: string
  readonly plugin: Plugin
  readonly options: Readonly<Record<string, unknown>> & { readonly name: string }
  /** Of one sample. */
  readonly inputShape: readonly number[]
  /** How many tokens there are, of a network that takes whole numbers below it. */
  readonly vocabulary?: number | undefined
}

const TOKENS = { width: 4, heads: 2, hidden: 6, blocks: 1, tokens: 5, vocabulary: 7 }

/** Networks whose example is not of numbers. `table-network` is not among them, as it takes several inputs. */
const OF_TOKENS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  gpt: TOKENS,
  'text-encoder': { ...TOKENS, numClasses: 3 },
}

/** One image; a block has as many channels as it makes. */
const IMAGES = { block: [6, 6, 4], model: [28, 28, 1] } as const

/** Networks of images that take no such ones: blocks that are wider than their option says, models whose parts go into 32 pixels. */
const OTHER_IMAGES: Readonly<Record<string, readonly number[]>> = {
  bottleneck: [6, 6, 16],
  'u-net': [32, 32, 1],
  vit: [32, 32, 1],
}

/** Every block and model by its small examples, and, if it takes images, as wide as it is published; without dropout, whose draws differ between engines. */
export function triedNetworks(): TriedNetwork[] {
  return blockPlugins.flatMap((plugin: Plugin): TriedNetwork[] => {
    const { kind, name } = plugin
    const examples = [(networkExamples[kind as 'block' | 'model'] as Examples)[name] ?? []].flat()
    const small = examples.flatMap((each, at): TriedNetwork[] => {
      if (!('inputShape' in each)) return []
      const options = { ...smallOptions(plugin), ...withoutDropout(each.options), name }
      const title = `${kind} ${name}${at === 0 ? '' : `, example ${at + 1}`}`
      return [{ title, plugin, options, inputShape: each.inputShape }]
    })
    const tokens = OF_TOKENS[name]
    return [
      ...small,
      ...(tokens === undefined
        ? []
        : [
            {
              ...{ title: `${kind} ${name}, on tokens`, plugin, vocabulary: TOKENS.vocabulary },
              options: { ...smallOptions(plugin), ...tokens, name },
              inputShape: [TOKENS.tokens],
            },
          ]),
      ...(small.some(({ inputShape }) => inputShape.length === 3)
        ? [
            {
              ...{ title: `${kind} ${name}, as published`, plugin },
              options: smallOptions(plugin),
              inputShape: OTHER_IMAGES[name] ?? IMAGES[kind as 'block' | 'model'],
            },
          ]
        : []),
    ]
  })
}

interface NetworkExample {
  readonly options?: object
  readonly inputShape: readonly number[]
}

type Examples = Readonly<
  Record<string, NetworkExample | readonly NetworkExample[] | { readonly elsewhere: string }>
>

function withoutDropout(options: object = {}): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== 'dropout'))
}
