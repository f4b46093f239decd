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

/** Models that are tried as wide as they are published, too. */
const PUBLISHED = ['mini-resnet', 'resnet18']

/** Every block and model, small, without dropout, whose draws differ between engines; some models as published too. */
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
      ...(PUBLISHED.includes(name)
        ? [
            {
              ...{ title: `${kind} ${name}, as published`, plugin },
              options: smallOptions(plugin),
              inputShape: [28, 28, 1],
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
