import { ConfigError, unknownName } from '@ashlar/errors'
import type { Samples } from '../data/samples.ts'
import type { Network } from '../network/network.ts'
import { labelColumns } from './check-data.ts'
import { labelUseOf } from './check-heads.ts'
import { type ClassWeights, numbersOf, resolveClassWeights } from './class-weights.ts'
import type { Compiled, OutputHead } from './compile.ts'
import { forwardOf } from './forward.ts'

/** Weights of classes for the only output of a model, or by the names of its outputs. */
export type ClassWeightsByOutput = ClassWeights | Readonly<Record<string, ClassWeights>>

/** What was given for one output; undefined where its samples count the same. */
export function classWeightsGiven(
  given: ClassWeightsByOutput | undefined,
  { name }: Pick<OutputHead, 'name'>,
): ClassWeights | undefined {
  if (given === undefined || typeof given === 'string' || Array.isArray(given)) {
    return given as ClassWeights | undefined
  }
  const byName = given as Readonly<Record<string, ClassWeights>>
  return name !== undefined && Object.hasOwn(byName, name) ? byName[name] : undefined
}

/**
 * What samples count by their class, in the order of the outputs.
 *
 * @param where who asks, for errors.
 * @throws ConfigError for labels that come with a stream, where weights are to be balanced.
 */
export function classWeightsOf(
  where: string,
  model: Network,
  { heads }: Pick<Compiled, 'heads'>,
  samples: Samples,
  given: ClassWeightsByOutput | undefined,
): readonly (readonly number[] | undefined)[] | undefined {
  if (given === undefined) return undefined
  const columns = labelColumns(samples)
  return heads.map((head) => {
    const own = classWeightsGiven(given, head)
    if (own === undefined) return undefined
    const column = columns.find(({ name }) => name === head.name)
    if (column !== undefined) {
      const use = labelUseOf(head, forwardOf(model, samples.info))
      return resolveClassWeights(own, { column, length: samples.length }, use)
    }
    if (own !== 'balanced') return numbersOf(own)
    throw new ConfigError({
      where,
      expected:
        'balanced `classWeights` need labels that are held in memory, and those of this stream come with their samples',
      hint: 'Give a number for each class.',
    })
  })
}

/**
 * Looks at which outputs weights are given for, before any label is looked at.
 *
 * @throws ConfigError for weights that are not by output where there are several, for an output that is none or has no classes.
 */
export function checkClassWeights(
  where: string,
  { heads }: Pick<Compiled, 'heads'>,
  given: ClassWeightsByOutput | undefined,
): void {
  if (given === undefined) return
  checkNamed(where, heads, given)
  for (const head of heads) {
    const own = classWeightsGiven(given, head)
    if (own === undefined || head.loss.labels !== 'numbers') continue
    throw new ConfigError({
      where,
      expected: `\`classWeights\` are for outputs of classes, and ${head.name ?? 'the output'} gives numbers to ${head.loss.name}`,
      given: own,
    })
  }
}

function checkNamed(
  where: string,
  heads: readonly OutputHead[],
  given: ClassWeightsByOutput,
): void {
  const names = heads.flatMap(({ name }) => name ?? [])
  const isPlain = typeof given !== 'object' || given === null || Array.isArray(given)
  if (isPlain) {
    if (heads.length === 1) return
    throw new ConfigError({
      where,
      expected: `\`classWeights\` must be by output where there are several: ${names.join(', ')}`,
      given,
      hint: `{ ${names[0]}: balanced }`,
    })
  }
  if (names.length === 0) {
    throw new ConfigError({
      where,
      expected:
        '`classWeights` of a model of one output must be numbers in the order of the classes, or "balanced"',
      given,
    })
  }
  const stranger = Object.keys(given).find((name) => !names.includes(name))
  if (stranger === undefined) return
  throw new ConfigError(unknownName(where, 'output in classWeights', stranger, names))
}
