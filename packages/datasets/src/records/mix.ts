import { createHash } from 'node:crypto'
import {
  type Dataset,
  type DatasetInfo,
  type DatasetSplits,
  definePlugin,
  fieldsOf,
  type LoadDataOptions,
  type Plugin,
  selectRows,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { referenceTo } from '@ashlar/plugins'
import { z } from 'zod'
import { splitShape } from '../splits/options.ts'
import { everyIndex, planSplits, type SplitPlan } from '../splits/plan.ts'
import { joinSplits } from '../streams/join-splits.ts'
import { weightedSampler } from '../streams/sampling.ts'
import { infoAsSeen } from '../tables/info-as-seen.ts'

const options = z.strictObject({
  of: z
    .array(referenceTo('dataset'))
    .min(2)
    .describe('Datasets of the same shapes and classes: their names, or names with options.'),
  weights: z
    .array(z.number().positive())
    .optional()
    .describe(
      'The part of each dataset in an epoch of training, against those of the others; all the same when left out.',
    ),
  samples: z
    .int()
    .positive()
    .optional()
    .describe('Samples of an epoch; as many as all datasets have together when left out.'),
  ...splitShape,
})

/** Several datasets in one: each has its part of every epoch, and all of them are tested and validated with. */
export const mix: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'mix',
  description: 'Several datasets mixed by weight.',
  options,
  create(chosen, context): Dataset {
    const { of, samples, weights = of.map(() => 1) } = chosen
    if (weights.length !== of.length) {
      throw new ConfigError({
        where: 'mix.weights',
        expected: `there must be a weight for each of the ${of.length} datasets`,
        given: weights,
      })
    }
    const parts = of.map((each, at) => {
      const { name, ...own } = typeof each === 'string' ? { name: each } : each
      return { dataset: context.factory('dataset', name, `of.${at}`)(own), weight: weights[at]! }
    })
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
        const [head, ...others] = parts.map(({ dataset }) => dataset)
        const loadAll = async (first: DatasetSplits) => {
          const seen = first.refit ? fittedTo(head!, first, how) : how
          return [first, ...(await Promise.all(others.map((each) => each.load(seen))))]
        }
        const first = await head!.load(how)
        const loaded = await loadAll(first)
        const plan = planOf(loaded)
        const splits = (from: readonly DatasetSplits[]) => mixed(from, plan)
        return {
          ...splits(loaded),
          ...(first.refit && {
            async refit(rows: Uint32Array) {
              const own = Uint32Array.from(rows, (row) => plan.train[row]!)
              // Rows of the first come first.
              const fitted = own.filter((row) => row < first.train.length)
              if (fitted.length === 0) return splits(loaded)
              return splits(await loadAll(await first.refit!(fitted)))
            },
          }),
        }
      },
    }

    function planOf(loaded: readonly DatasetSplits[]): SplitPlan {
      const balanced = loaded.findIndex(({ train }) => train.sampler !== undefined)
      if (balanced >= 0) {
        throw new ConfigError({
          where: `mix.of.${balanced}.sampling`,
          expected: 'must be left out: `weights` says what an epoch is made of',
        })
      }
      const length = (name: 'train' | 'test') =>
        loaded.reduce((sum, each) => sum + each[name].length, 0)
      const plan = planSplits(
        'mix',
        everyIndex(length('train')),
        everyIndex(length('test')),
        chosen,
        context.seed,
      )
      if (plan.validation !== undefined && loaded.some((each) => each.validation !== undefined)) {
        throw new ConfigError({
          where: 'mix.validation',
          expected: 'must be left out, as a dataset has a validation split of its own',
          given: chosen.validation,
        })
      }
      return plan
    }

    function mixed(loaded: readonly DatasetSplits[], plan: SplitPlan): DatasetSplits {
      const [{ input, inputs }] = loaded as [DatasetSplits]
      const seen = infoAsSeen(info, { input, inputs })
      const split = (name: 'train' | 'validation' | 'test') =>
        loaded.flatMap((each) => (each[name] === undefined ? [] : [each[name]]))
      const [train, test] = [joinSplits(split('train'), seen), joinSplits(split('test'), seen)]
      const own = split('validation')
      const validation =
        plan.validation !== undefined
          ? selectRows(train, seen, plan.validation)
          : own.length > 0
            ? joinSplits(own, seen)
            : undefined
      const kinds = loaded.flatMap((each, at) => Array<number>(each.train.length).fill(at))
      const starts = loaded.map((_, at) => kinds.indexOf(at))
      const byKind = new Map(parts.map(({ weight }, at) => [at, weight]))
      const trained = Array.from(plan.train, (row) => kinds[row]!)
      const hash = createHash('sha256').update(JSON.stringify([weights, samples]))
      for (const { digest } of loaded) hash.update(digest)
      for (const rows of [plan.train, plan.validation, plan.test]) {
        hash.update(`${rows?.length}\n`).update(rows ?? new Uint8Array(0))
      }
      const leftOut = loaded.flatMap((each) => each.leftOut ?? [])
      return {
        train: {
          ...selectRows(train, seen, plan.train),
          sampler: weightedSampler(trained, {
            weights: byKind,
            length: samples,
            chunks(kind) {
              const { stream } = loaded[kind]!.train
              const { chunks } = stream ?? {}
              const start = starts[kind]!
              return chunks && { ...chunks, of: (at) => chunks.of(plan.train[at]! - start) }
            },
          }),
        },
        test: selectRows(test, seen, plan.test),
        ...(validation && { validation }),
        ...(input && { input }),
        ...(inputs && { inputs }),
        ...(leftOut.length > 0 && { leftOut }),
        digest: `sha256:${hash.digest('hex')}`,
      }
    }
  },
})

/** What was fitted to the first dataset, or a model has seen, for the others to be read by: a sample means one thing to a model, whichever dataset it is of. */
function fittedTo(
  { info }: Dataset,
  { input, inputs }: DatasetSplits,
  how: LoadDataOptions = {},
): LoadDataOptions {
  const named = fieldsOf(info).inputs.flatMap(({ name, encoding }) =>
    name === undefined || encoding === undefined ? [] : [[name, encoding] as const],
  )
  return {
    input: input ?? how.input ?? info.input,
    ...(named.length > 0 && {
      inputs: { ...Object.fromEntries(named), ...how.inputs, ...inputs },
    }),
  }
}

/** @returns the range of all together. */
function requireAlike(infos: readonly DatasetInfo[]): readonly [number, number] {
  const what = ({
    inputShape,
    labelShape,
    inputDtype,
    classes,
    inputRange,
    ...more
  }: DatasetInfo) => ({
    inputs: more.inputs,
    outputs: more.outputs,
    ignoreIndex: more.ignoreIndex,
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
