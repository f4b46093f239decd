import { resolve } from 'node:path'
import { type Dataset, definePlugin, type Plugin, sizeOfShape } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { datasetCacheFolder } from '../files/cache-folder.ts'
import { ownDataShape } from '../splits/own-data.ts'
import type { ListPlan } from '../streams/decoders/list.ts'
import type { NumbersPlan } from '../streams/decoders/numbers.ts'
import { readNpyHeader } from '../streams/npy-header.ts'
import { unpackNpz } from '../streams/npz.ts'
import { datasetOfRecords } from '../streams/record-dataset.ts'
import type { RecordInput } from '../streams/record-input.ts'
import { fieldName, readingShape, recordShape } from '../streams/record-options.ts'
import type { ReadOutput, RecordOutput } from '../streams/record-outputs.ts'
import type { NamedArray } from '../streams/scans/numpy.ts'

const arrays = () => z.union([path('read'), z.record(fieldName(), path('read'))])
const task = () => z.enum(['classification', 'regression'])
const classes = () => z.array(z.string().min(1)).min(2)

const shape = {
  file: path('read')
    .optional()
    .describe(
      'A .npz file; `inputs` and `labels` are names of arrays in it then. Its arrays are unpacked into the cache folder.',
    ),
  inputs: arrays().describe(
    'Samples to train on: a .npy file, or the name of an array of `file`. Of several inputs, these by the names that the model takes them by.',
  ),
  labels: arrays().describe(
    "Their labels: one number each, or of any shape: numbers, or a class for each place. Of several outputs, these by the names of the model's outputs.",
  ),
  testInputs: arrays()
    .optional()
    .describe('Samples to test with; without them, `testPart` is held out.'),
  testLabels: arrays().optional().describe('Their labels.'),
  task: z
    .union([task(), z.record(fieldName(), task())])
    .describe('Whether labels are classes or numbers to come near to; by output where it differs.'),
  classes: z
    .union([classes(), z.record(fieldName(), classes())])
    .optional()
    .describe(
      'What the classes are called, in the order of their numbers; by output where there are several. Labels of more than one place must be told.',
    ),
  ignoreIndex: recordShape.ignoreIndex.describe(
    'Of labels of more than one place: the number of what does not count. Losses, metrics and reports follow it.',
  ),
  ...readingShape,
  ...ownDataShape,
}
const options = z.strictObject(shape)

type Options = z.output<typeof options>

/** A field of samples, and its arrays in each split. */
interface Found {
  /** Undefined for the only one. */
  readonly name: string | undefined
  readonly field: string
  readonly files: readonly string[]
  /** Of one sample. */
  readonly shape: readonly number[]
  readonly type: string
}

/** Arrays of NumPy, read while training: `uint8` stays bytes, everything else becomes float32. */
export const numpy: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'numpy',
  description: 'Arrays in .npy and .npz files of NumPy, read while training.',
  options,
  create(chosen, context): Dataset {
    const pathOf = pathsOf(chosen, context.folder)
    const inputs = fieldsOf('inputs', chosen.inputs, chosen.testInputs, pathOf)
    const labels = fieldsOf('labels', chosen.labels, chosen.testLabels, pathOf)
    if ((chosen.testInputs === undefined) !== (chosen.testLabels === undefined)) {
      throw new ConfigError({
        where: 'numpy',
        expected: '`testInputs` and `testLabels` must be given together',
      })
    }
    const outputs = labels.map((each) => outputOf(each, chosen))
    const all: NamedArray[] = [...inputs, ...labels].map(({ field, files }, at) => ({
      ...{ name: field, files },
      classes: outputs[at - inputs.length]?.classes ?? 'numbered',
    }))
    return datasetOfRecords({
      ...{ name: 'numpy', scan: 'numpy', chosen, dataFolder: context.folder },
      files: all.flatMap(({ files }) => files),
      splits: ['train', 'test'],
      options: { arrays: all },
      inputs: inputs.map(inputOf),
      // What they are called is a fact of the scan: numbers are classes as they stand.
      outputs: outputs.map((output) => ({ ...output, classes: undefined })),
      source: chosen.file ?? [chosen.inputs].flatMap(namesIn).join(', '),
      seed: context.seed,
    })
  },
})

type Arrays = Options['inputs']

function namesIn(of: Arrays | undefined): string[] {
  if (of === undefined) return []
  return typeof of === 'string' ? [of] : Object.values(of)
}

/** Where arrays lie: in files of their own, or unpacked from the one that holds them. */
function pathsOf(chosen: Options, folder: string): (name: string) => string {
  const { file, inputs, labels, testInputs, testLabels } = chosen
  if (file === undefined) return (name) => resolve(folder, name)
  const names = [...new Set([inputs, labels, testInputs, testLabels].flatMap(namesIn))]
  const unpacked = unpackNpz(resolve(folder, file), datasetCacheFolder('numpy'), names)
  return (name) => unpacked.get(name)!
}

function fieldsOf(
  role: 'inputs' | 'labels',
  train: Arrays,
  test: Arrays | undefined,
  pathOf: (name: string) => string,
): Found[] {
  const named = (of: Arrays) => (typeof of === 'string' ? { '': of } : of)
  const [own, tested] = [named(train), test === undefined ? undefined : named(test)]
  const keys = Object.keys(own)
  if (
    keys.length === 0 ||
    (tested && String(Object.keys(tested).sort()) !== String(keys.toSorted()))
  ) {
    const option = role === 'inputs' ? 'testInputs' : 'testLabels'
    throw new ConfigError({
      where: keys.length === 0 ? `numpy.${role}` : `numpy.${option}`,
      expected:
        keys.length === 0 ? 'must name at least one' : `must name the same fields as \`${role}\``,
      given: tested && Object.keys(tested),
    })
  }
  return keys.map((key) => {
    const files = [own[key]!, ...(tested ? [tested[key]!] : [])].map(pathOf)
    const { shape, type } = readNpyHeader(files[0]!)
    const name = key === '' ? undefined : key
    return { name, field: key === '' ? role : `${role}/${key}`, files, shape: shape.slice(1), type }
  })
}

function inputOf({ name, field, shape, type }: Found): RecordInput {
  const isBytes = type === 'u1'
  return {
    ...{ name, from: [field], part: { role: 'inputs', name, plan: numbersOf(field, shape) } },
    field: {
      ...{ shape, dtype: isBytes ? 'uint8' : 'float32' },
      ...(isBytes && { range: [0, 255] as const }),
    },
  }
}

function numbersOf(field: string, shape: readonly number[]): NumbersPlan {
  return { kind: 'numbers', fields: [field], size: sizeOfShape(shape), isArray: true }
}

function outputOf(found: Found, chosen: Options): RecordOutput {
  const { name, field, shape } = found
  const option = (key: string) => (name === undefined ? `numpy.${key}` : `numpy.${key}.${name}`)
  const by = <T extends string | readonly string[]>(
    value: T | Readonly<Record<string, T>> | undefined,
    key: string,
  ): T | undefined => {
    if (value === undefined || typeof value === 'string' || Array.isArray(value)) return value as T
    const own = (value as Readonly<Record<string, T>>)[name ?? '']
    if (own !== undefined || key === 'classes') return own
    throw new ConfigError({ where: option(key), expected: 'must be given for each output' })
  }
  const task = by<'classification' | 'regression'>(chosen.task, 'task')!
  const classes = by<readonly string[]>(chosen.classes, 'classes') as string[] | undefined
  const output = { name, field, task, classes }
  if (sizeOfShape(shape) === 1 && shape.length < 2) return output
  return { ...output, read: readOf(found, { task, classes, option, chosen }) }
}

function readOf(
  { name, field, shape }: Found,
  how: {
    readonly task: 'classification' | 'regression'
    readonly classes: readonly string[] | undefined
    readonly chosen: Options
    option(key: string): string
  },
): ReadOutput {
  if (how.task === 'regression') {
    return {
      part: { role: 'labels', name, plan: numbersOf(field, shape) },
      field: { shape, dtype: 'float32' },
    }
  }
  const { classes } = how
  if (classes === undefined) {
    throw new ConfigError({
      where: how.option('classes'),
      expected:
        'must be given where a sample has more than one label: not all of them are looked at before training',
    })
  }
  const plan: ListPlan = {
    ...{ kind: 'list', field, length: sizeOfShape(shape), count: classes.length, isArray: true },
    filling: how.chosen.ignoreIndex,
  }
  return {
    part: { role: 'labels', name, plan, dtype: 'int32' },
    field: { shape, dtype: 'int32', classes, ignoreIndex: how.chosen.ignoreIndex },
  }
}
