import { resolve } from 'node:path'
import type { Field, InputEncoding } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { FieldPart } from './decoders/fields.ts'
import type { PicturePlan } from './decoders/picture.ts'
import type { DecodePlan } from './reader.ts'
import type { InputOptions, OutputOptions, RecordOptions } from './record-options.ts'
import { openTokenizer } from './tokenizer.ts'

/** One input of records. */
export interface RecordInput {
  /** Undefined for the only one. */
  readonly name: string | undefined
  readonly part: FieldPart
  readonly field: Field
  /** The fields of a record that it is made of. */
  readonly from: readonly string[]
}

/** One output of records. */
export interface RecordOutput extends OutputOptions {
  readonly name: string | undefined
}

/**
 * The outputs as the options have them.
 *
 * @throws ConfigError for options that say nothing, or both one and several.
 */
export function outputsOf(chosen: RecordOptions): RecordOutput[] {
  const { target, task, classes, outputs } = chosen
  if (outputs !== undefined) {
    requireOneForm('target', 'outputs', target ?? task, Object.keys(outputs))
    return Object.entries(outputs).map(([name, output]) => {
      if (output.task === 'regression' || output.shape === undefined) return { name, ...output }
      throw new ConfigError({
        where: `dataset.outputs.${name}.shape`,
        expected: 'must be left out of a classification',
        given: output.shape,
      })
    })
  }
  return [
    {
      name: undefined,
      field: given(target, 'target', 'outputs'),
      task: given(task, 'task', 'outputs'),
      classes,
    },
  ]
}

/**
 * The inputs as the options have them.
 *
 * @param dataFolder where the paths of pictures start.
 * @param folder where paths of the options start.
 * @throws ConfigError for options that say nothing, or both one and several.
 */
export function inputsOf(chosen: RecordOptions, dataFolder: string, folder: string): RecordInput[] {
  const { input, as, inputs } = chosen
  if (inputs !== undefined) {
    requireOneForm('input', 'inputs', input ?? as, Object.keys(inputs))
    return Object.entries(inputs).map(([name, each]) => inputOf(name, each, dataFolder, folder))
  }
  const one = {
    ...chosen,
    ...{ field: given(input, 'input', 'inputs'), as: given(as, 'as', 'inputs') },
  }
  return [inputOf(undefined, one, dataFolder, folder)]
}

function given<T>(value: T | undefined, option: string, other: string): T {
  if (value !== undefined) return value
  throw new ConfigError({
    where: `dataset.${option}`,
    expected: `must be given, or several by name as \`${other}\``,
  })
}

function requireOneForm(one: string, several: string, other: unknown, names: readonly string[]) {
  if (other === undefined && names.length > 0) return
  throw new ConfigError({
    where: `dataset.${several}`,
    expected:
      names.length === 0 ? 'must name at least one' : `must be left out where \`${one}\` is given`,
    given: names,
  })
}

function inputOf(
  name: string | undefined,
  chosen: InputOptions,
  dataFolder: string,
  folder: string,
): RecordInput {
  const { as } = chosen
  const from = [chosen.field].flat()
  const option = name === undefined ? 'dataset' : `dataset.inputs.${name}`
  if (as !== 'numbers' && from.length > 1) {
    throw new ConfigError({
      where: `${option}.${name === undefined ? 'input' : 'field'}`,
      expected: `must be one field for \`as: ${as}\``,
      given: from,
    })
  }
  const decoding = decodingOf(chosen, from, { option, dataFolder, folder })
  const { plan, ...rest } = decoding
  return { name, from, part: { role: 'inputs', name, plan }, ...rest }
}

interface Decoding {
  readonly plan: DecodePlan
  readonly field: Field
}

interface Where {
  readonly option: string
  readonly dataFolder: string
  readonly folder: string
}

function decodingOf(
  chosen: InputOptions,
  names: readonly string[],
  { option, dataFolder, folder }: Where,
): Decoding {
  const { as, size, channels, fit, shape, tokens, length, rate } = chosen
  const [field] = names as [string]
  const require = <T>(value: T | undefined, what: string): T => {
    if (value !== undefined) return value
    throw new ConfigError({
      where: `${option}.${what}`,
      expected: `must be given for \`as: ${as}\``,
    })
  }
  switch (as) {
    case 'picture': {
      const [height, width] = require(size, 'size')
      const picture = { height, width, channels, fit }
      const plan: PicturePlan = { kind: 'picture', field, folder: dataFolder, size: picture }
      const encoding: InputEncoding = { kind: 'image', ...picture }
      const shape = [height, width, channels]
      return { plan, field: { shape, dtype: 'uint8', range: [0, 255], encoding } }
    }
    case 'numbers': {
      const own = shape ?? [names.length]
      const plan = { kind: 'numbers', fields: names, size: own.reduce((a, b) => a * b, 1) }
      return { plan, field: { shape: own, dtype: 'float32' } }
    }
    case 'text': {
      const file = chosen.tokenizer === 'bytes' ? undefined : resolve(folder, chosen.tokenizer)
      const count = openTokenizer(file).vocabulary.length
      const plan = { kind: 'tokens', field, length: require(tokens, 'tokens'), tokenizer: file }
      return { plan, field: { shape: [plan.length], dtype: 'float32', range: [0, count - 1] } }
    }
    default: {
      const plan = { kind: 'sound', field, length: require(length, 'length'), channels: 1, rate }
      return { plan, field: { shape: [plan.length, 1], dtype: 'float32', range: [-1, 1] } }
    }
  }
}
