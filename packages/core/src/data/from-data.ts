import type { z } from 'zod'
import type { TargetScale } from './target-scale.ts'

/**
 * What options of a model can follow from the data and the loss: how many numbers its output has (`outputs`), or whether they must be plain numbers
 * (`output`, which is then `logits`; else the option is left out), how many tokens there are (`vocabulary`), the larger side of pictures (`side`), where numbers to predict lie that are
 * far from 0 to 1 (`targetScale`), how many values inputs have that are indices, by their names (`categories`), or how many numbers each of several outputs has (`namedOutputs`).
 */
export type DataFact =
  | 'outputs'
  | 'output'
  | 'vocabulary'
  | 'side'
  | 'targetScale'
  | 'categories'
  | 'namedOutputs'

/** The facts about one experiment's data; those that nobody can know are left out. */
export type DataFacts = {
  readonly outputs?: number
  readonly output?: 'logits'
  readonly vocabulary?: number
  readonly side?: number
  readonly targetScale?: TargetScale
  readonly categories?: Readonly<Record<string, number>>
  readonly namedOutputs?: Readonly<Record<string, number>>
}

/**
 * Marks an option that may be left out because the data tells it. In an experiment it is filled in before the plugin is asked for its product.
 *
 * @param beside another option, without which it means nothing: then it is not filled in.
 * @example numClasses: fromData(z.int().positive(), 'outputs').describe('Width of the output.')
 */
export function fromData<S extends z.ZodType>(
  schema: S,
  fact: DataFact,
  beside?: string,
): z.ZodOptional<S> {
  const marks: Marks = { fromData: fact, ...(beside !== undefined && { beside }) }
  return (schema as z.ZodType).optional().meta({ ...marks }) as unknown as z.ZodOptional<S>
}

/** What {@link fromData} leaves on an option. */
interface Marks {
  readonly fromData?: DataFact
  readonly beside?: string
}

/** What options say of a fact themselves; undefined where they leave it to the data. */
export function givenFact(
  schema: z.ZodObject,
  options: Readonly<Record<string, unknown>>,
  fact: DataFact,
): unknown {
  const [key] = Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).find(
    ([, option]) => marksOf(option).fromData === fact,
  ) ?? ['']
  return options[key]
}

function marksOf(option: z.ZodType): Marks {
  return (option.meta?.() ?? {}) as Marks
}

/** Options with those filled in that the schema says follow from data and that are not given. */
export function withFacts<T extends Readonly<Record<string, unknown>>>(
  schema: z.ZodObject,
  options: T,
  facts: DataFacts,
): T {
  const found = Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).flatMap(
    ([key, option]) => {
      const { fromData: fact, beside } = marksOf(option)
      const isMeant = beside === undefined || options[beside] !== undefined
      const value = fact === undefined || !isMeant ? undefined : facts[fact]
      return value === undefined || options[key] !== undefined ? [] : [[key, value] as const]
    },
  )
  return { ...options, ...Object.fromEntries(found) }
}
