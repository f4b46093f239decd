import {
  type ArraySplit,
  type Dataset,
  type DatasetInfo,
  definePlugin,
  type LabelData,
  type Plugin,
  type SampleData,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { z } from 'zod'
import { takePlanned } from '../splits/build.ts'
import { type OwnDataShape, ownDataShape, planOwnData } from '../splits/own-data.ts'
import { trainedScale } from '../splits/trained-scale.ts'
import { asFloat32 } from './as-float32.ts'
import { flatten, type NestedNumbers } from './flatten.ts'

/** Samples in code: typed arrays, row after row, or nested lists, which also fit into YAML. */
export type ArrayInputs = Uint8Array | Float32Array | NestedNumbers

/** Labels in code. */
export type ArrayLabels = LabelData | NestedNumbers

/** Options of the `arrays` dataset. */
export type ArraysOptions = z.ZodObject<
  OwnDataShape & {
    readonly inputs: z.ZodType<ArrayInputs, ArrayInputs>
    readonly labels: z.ZodType<ArrayLabels, ArrayLabels>
    readonly testInputs: z.ZodOptional<z.ZodType<ArrayInputs, ArrayInputs>>
    readonly testLabels: z.ZodOptional<z.ZodType<ArrayLabels, ArrayLabels>>
    readonly inputShape: z.ZodOptional<z.ZodArray<z.ZodInt>>
    readonly task: z.ZodEnum<{ classification: 'classification'; regression: 'regression' }>
    readonly classes: z.ZodOptional<z.ZodArray<z.ZodString>>
  },
  z.core.$strict
>

// Refined rather than custom types: these have a JSON Schema, if one that says little.
const inputs = (): z.ZodType<ArrayInputs, ArrayInputs> =>
  z
    .any()
    .refine(
      (value) =>
        value instanceof Uint8Array || value instanceof Float32Array || Array.isArray(value),
      'must be a Uint8Array, a Float32Array or nested lists of numbers',
    )
const labels = (): z.ZodType<ArrayLabels, ArrayLabels> =>
  z
    .any()
    .refine(
      (value) =>
        value instanceof Uint8Array ||
        value instanceof Int32Array ||
        value instanceof Float32Array ||
        Array.isArray(value),
      'must be a Uint8Array, an Int32Array, a Float32Array or nested lists of numbers',
    )

const options: ArraysOptions = z.strictObject({
  inputs: inputs().describe(
    'The samples, row after row: a Uint8Array (pixels of 0..255), a Float32Array, or nested lists.',
  ),
  labels: labels().describe('One class index or target for each sample.'),
  testInputs: inputs()
    .optional()
    .describe('Samples to test with; without them, `testPart` is held out.'),
  testLabels: labels().optional().describe('The labels of `testInputs`.'),
  inputShape: z
    .array(z.int().positive())
    .optional()
    .describe('Shape of one sample; typed arrays need it, nested lists show it.'),
  task: z
    .enum(['classification', 'regression'])
    .describe('Whether labels are class indices or numbers to predict.'),
  classes: z
    .array(z.string())
    .min(2)
    .refine((names) => new Set(names).size === names.length, 'must be names that differ')
    .optional()
    .describe('Names of the classes; 0 to the largest label when left out.'),
  ...ownDataShape,
})

/**
 * Data that is in memory already.
 *
 * @example
 * const xor = { inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], labels: [0, 1, 1, 0], task: 'classification', testPart: 1 }
 */
export const arrays: Plugin<'dataset', ArraysOptions> = definePlugin({
  kind: 'dataset',
  name: 'arrays',
  description: 'Samples and labels given as arrays, from code or in the experiment itself.',
  options,
  create(chosen, context): Dataset {
    const samples = readInputs(chosen.inputs, chosen.inputShape, 'inputs')
    const train = readPart(samples, chosen.labels, chosen.task, 'labels')
    const test = readTest(chosen, samples)
    const classes = chosen.task === 'classification' ? namesOf(train, test, chosen.classes) : []
    const plan = () => {
      const lengths = [train.split.length, test?.split.length] as const
      return planOwnData('arrays', ...lengths, chosen, context.seed)
    }
    const isNumber = chosen.task === 'regression' && train.labelShape.length === 0
    const scale = isNumber ? trainedScale(train.split.labels, plan().train) : undefined
    const info: DatasetInfo = {
      name: 'arrays',
      inputShape: samples.shape,
      labelShape: train.labelShape,
      inputDtype: samples.data instanceof Uint8Array ? 'uint8' : 'float32',
      inputRange:
        samples.data instanceof Uint8Array ? [0, 255] : rangeOf(samples.data, test?.split.inputs),
      classes,
      ...(scale && { targetScale: scale }),
      licence: chosen.licence,
      source: 'arrays given in code',
    }
    return {
      info,
      async load() {
        const { split } = train
        return takePlanned(info, split, test?.split ?? split, plan())
      },
    }
  },
})

/** More would be no classes: an index that is a number of another kind must not make names for all below it. */
const MOST_CLASSES = 1_000_000

interface Samples {
  readonly data: SampleData
  /** Of one sample. */
  readonly shape: readonly number[]
  readonly length: number
}

interface Part {
  readonly split: ArraySplit
  readonly labelShape: readonly number[]
}

function readInputs(
  given: ArrayInputs,
  shape: readonly number[] | undefined,
  option: string,
): Samples {
  const where = `arrays.${option}`
  if (given instanceof Uint8Array || given instanceof Float32Array) {
    if (!shape) {
      throw new ConfigError({
        where: 'arrays.inputShape',
        expected: 'must be given for a typed array: the shape of one sample',
      })
    }
    const size = shape.reduce((product, dim) => product * dim, 1)
    const length = given.length / size
    if (length > 0 && Number.isInteger(length)) {
      const data = given instanceof Float32Array ? asFloat32(given, where) : given
      return { data, shape, length }
    }
    throw new ConfigError({
      where,
      expected: `the length must be a multiple of ${size}, the size of a sample of shape [${shape.join(', ')}]`,
      given: given.length,
    })
  }
  const nested = flatten(given, where)
  const [length = 0, ...found] = nested.shape
  if (shape && shape.join() !== found.join()) {
    throw new ConfigError({
      where,
      expected: `each sample must have the shape [${shape.join(', ')}]`,
      given: found,
    })
  }
  if (length === 0) {
    throw new ConfigError({ where, expected: 'must contain at least one sample', given })
  }
  return { data: asFloat32(nested.values, where), shape: found, length }
}

function readPart(
  { data, length }: Samples,
  given: ArrayLabels,
  task: 'classification' | 'regression',
  option: string,
): Part {
  const where = `arrays.${option}`
  const values = ArrayBuffer.isView(given) ? given : flatten(given as NestedNumbers, where).values
  const each = values.length / length
  if (task === 'classification') {
    if (each !== 1) {
      throw new ConfigError({
        where,
        expected: `must be one class index for each of ${length} samples`,
        given: values.length,
      })
    }
    const wrong = Array.prototype.find.call(
      values,
      (value) => !Number.isInteger(value) || value < 0 || value >= MOST_CLASSES,
    )
    if (wrong !== undefined) {
      throw new ConfigError({
        where,
        expected: `must be class indices from 0 to ${MOST_CLASSES - 1}`,
        given: wrong,
      })
    }
    const labels = values instanceof Uint8Array ? values : Int32Array.from(values)
    return { split: { inputs: data, labels, length }, labelShape: [] }
  }
  if (each < 1 || !Number.isInteger(each)) {
    throw new ConfigError({
      where,
      expected: `must be one target, or the same number of them, for each of ${length} samples`,
      given: values.length,
    })
  }
  const labels = asFloat32(values, where)
  return { split: { inputs: data, labels, length }, labelShape: each === 1 ? [] : [each] }
}

function readTest(
  { testInputs, testLabels, task }: z.output<ArraysOptions>,
  samples: Samples,
): Part | undefined {
  if (testInputs === undefined && testLabels === undefined) return undefined
  if (testInputs === undefined || testLabels === undefined) {
    throw new ConfigError({
      where: 'arrays',
      expected: '`testInputs` and `testLabels` must be given together',
    })
  }
  const test = readInputs(testInputs, samples.shape, 'testInputs')
  if (test.data instanceof Uint8Array !== samples.data instanceof Uint8Array) {
    throw new ConfigError({
      where: 'arrays.testInputs',
      expected: 'must be of the same kind as `inputs`',
      given: testInputs,
    })
  }
  return readPart(test, testLabels, task, 'testLabels')
}

function namesOf(
  train: Part,
  test: Part | undefined,
  names: readonly string[] | undefined,
): readonly string[] {
  const largest = Math.max(largestOf(train.split.labels), test ? largestOf(test.split.labels) : 0)
  if (names === undefined) return Array.from({ length: Math.max(2, largest + 1) }, (_, i) => `${i}`)
  if (largest < names.length) return names
  throw new ConfigError({
    where: 'arrays.classes',
    expected: `must name every class, and there is a label ${largest}`,
    given: names,
  })
}

function largestOf(labels: LabelData): number {
  let largest = 0
  for (const label of labels) largest = Math.max(largest, label)
  return largest
}

function rangeOf(...parts: readonly (SampleData | undefined)[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const part of parts) {
    for (const value of part ?? []) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  return [low, high]
}
