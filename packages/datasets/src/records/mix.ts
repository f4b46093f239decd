import { createHash } from 'node:crypto'
import {
  type Dataset,
  type DatasetInfo,
  type DatasetSplits,
  definePlugin,
  type LoadDataOptions,
  type Plugin,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { z } from 'zod'
import { weightedSampler } from '../streams/sampling.ts'
import { joinSplits } from '../streams/join-splits.ts'

const options = z.strictObject({
  of: z
    .array(
      z.looseObject({
        name: z.string().min(1).describe('Name of the dataset; its own options stand beside it.'),
        weight: z
          .number()
          .positive()
          .default(1)
          .describe('Its part of an epoch, against the weights of the others.'),
      }),
    )
    .min(2)
    .describe('Datasets of the same shapes and classes, each with its options and a weight.'),
  samples: z
    .int()
    .positive()
    .optional()
    .describe('Samples of an epoch; as many as all datasets have together when left out.'),
})

/** Several datasets in one: each has its part of every epoch, and all of them are tested and validated with. */
export const mix: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'mix',
  description: 'Several datasets mixed by weight.',
  options,
  create({ of, samples }, context): Dataset {
    const parts = of.map(({ name, weight, ...own }, at) => ({
      weight,
      dataset: context.factory('dataset', name, `dataset.of.${at}`)(own) as Dataset,
    }))
    const infos = parts.map(({ dataset }) => dataset.info)
    const [first] = infos as [DatasetInfo]
    const open = requireAlike(infos)
    const info: DatasetInfo = {
      ...first,
      name: 'mix',
      inputRange: open,
      licence: [...new Set(infos.map(({ licence }) => licence))].join(', '),
      source: infos.map(({ source }) => source).join('; '),
    }
    return {
      info,
      async load(how?: LoadDataOptions): Promise<DatasetSplits> {
        const loaded = await Promise.all(parts.map(({ dataset }) => dataset.load(how)))
        const split = (name: 'train' | 'validation' | 'test') =>
          loaded.flatMap((each) => (each[name] === undefined ? [] : [each[name]]))
        const train = joinSplits(split('train'), info)
        const kinds = loaded.flatMap((each, at) => Array<number>(each.train.length).fill(at))
        const weights = new Map(parts.map(({ weight }, at) => [at, weight]))
        const validation = split('validation')
        const hash = createHash('sha256').update(JSON.stringify(of.map(({ weight }) => weight)))
        for (const { digest } of loaded) hash.update(digest)
        const leftOut = loaded.flatMap((each) => each.leftOut ?? [])
        return {
          train: { ...train, sampler: weightedSampler(kinds, weights, samples) },
          test: joinSplits(split('test'), info),
          ...(validation.length > 0 && { validation: joinSplits(validation, info) }),
          ...(leftOut.length > 0 && { leftOut }),
          digest: `sha256:${hash.digest('hex')}`,
        }
      },
    }
  },
})

/** @returns the range of all together. */
function requireAlike(infos: readonly DatasetInfo[]): readonly [number, number] {
  const what = ({ inputShape, labelShape, inputDtype, classes, inputRange }: DatasetInfo) => ({
    inputShape,
    labelShape,
    inputDtype,
    classes,
    // Bytes are scaled by their range.
    ...(inputDtype === 'uint8' && { inputRange }),
  })
  const [first, ...others] = infos as [DatasetInfo, ...DatasetInfo[]]
  for (const other of others) {
    for (const [key, value] of Object.entries(what(first))) {
      const given = what(other)[key as keyof ReturnType<typeof what>]
      if (JSON.stringify(given) === JSON.stringify(value)) continue
      throw new ConfigError({
        where: `mix: ${other.name}`,
        expected: `the \`${key}\` must be that of ${first.name}, ${JSON.stringify(value)?.slice(0, 120)}`,
        given,
      })
    }
  }
  return [
    Math.min(...infos.map(({ inputRange }) => inputRange[0])),
    Math.max(...infos.map(({ inputRange }) => inputRange[1])),
  ]
}

