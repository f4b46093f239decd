import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Field, type InputEncoding, sizeOfShape, type TokenEncoding } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { Decimal } from '../tables/decimal.ts'
import type { ListPlan } from './decoders/list.ts'
import type { PicturePlan } from './decoders/picture.ts'
import type { TokensPlan } from './decoders/tokens.ts'
import { given, requireOneForm } from './one-or-several.ts'
import type { DecodePlan } from './reader.ts'
import type { RecordInput } from './record-input.ts'
import type { InputOptions } from './record-options.ts'
import { type TableInput, tableOptions } from './table-input.ts'
import { openTokenizer, tokenEncodingOf } from './tokenizer.ts'

/** What says which inputs there are. */
export interface InputChoice extends Omit<InputOptions, 'field' | 'as'> {
  readonly input?: string | readonly string[] | undefined
  readonly as?: InputOptions['as'] | undefined
  readonly inputs?: Readonly<Record<string, InputOptions>> | undefined
}

/** Where the paths of data and of options start. */
export interface InputFolders {
  /** Where the paths of pictures start. */
  readonly dataFolder: string
  /** Where paths of the options start. */
  readonly folder: string
  /** The sign of numbers that are text. */
  readonly decimal?: Decimal | undefined
}

/**
 * The inputs as the options have them.
 *
 * @throws ConfigError for options that say nothing, or both one and several.
 */
export function inputsOf(chosen: InputChoice, folders: InputFolders): (RecordInput | TableInput)[] {
  const { input, as, inputs } = chosen
  if (inputs !== undefined) {
    requireOneForm('input', 'inputs', input ?? as, Object.keys(inputs))
    return Object.entries(inputs).map(([name, each], at) => inputOf(name, at, each, folders))
  }
  const one = {
    ...chosen,
    ...{ field: given(input, 'input', 'inputs'), as: given(as, 'as', 'inputs') },
  }
  return [inputOf(undefined, 0, one as InputOptions, folders)]
}

/** One input by its options. */
export function inputOf(
  name: string | undefined,
  place: number,
  chosen: InputOptions,
  folders: InputFolders,
): RecordInput | TableInput {
  const { as, pad, categorical, categories, missing, missingIndicator } = chosen
  const from = [chosen.field].flat()
  const option = name === undefined ? 'dataset' : `dataset.inputs.${name}`
  if (as === 'table') {
    return { name, from, table: tableOptions(chosen, from) }
  }
  const stray = Object.entries({
    categorical: categorical.length > 0 && categorical,
    categories: categories !== 'one-hot' && categories,
    missing: missing !== 'refuse' && missing,
    missingIndicator,
  }).find(([, given]) => given !== false)
  if (stray !== undefined) {
    const [key, given] = stray
    const expected = 'must be left out but of a table'
    throw new ConfigError({ where: `${option}.${key}`, expected, given })
  }
  if (as !== 'numbers' && from.length > 1) {
    throw new ConfigError({
      where: `${option}.${name === undefined ? 'input' : 'field'}`,
      expected: `must be one field for \`as: ${as}\``,
      given: from,
    })
  }
  const { plan, lengths, ...rest } = decodingOf({ ...chosen, as }, from, { option, ...folders })
  if (pad === 'batch' && (lengths === undefined || place > 0)) {
    throw new ConfigError({
      where: `${option}.pad`,
      expected:
        place > 0
          ? 'must be left out but of the first input: batches are cut by its lengths'
          : 'must be left out of what has no tokens',
      given: pad,
    })
  }
  return {
    ...{ name, from, part: { role: 'inputs', name, plan } },
    ...rest,
    ...(pad === 'batch' && { lengths }),
  }
}

interface Decoding {
  readonly plan: DecodePlan
  readonly field: Field
  readonly tokens?: TokenEncoding
  readonly lengths?: NonNullable<RecordInput['lengths']>
}

function decodingOf(
  chosen: InputOptions & { readonly as: Exclude<InputOptions['as'], 'table'> },
  names: readonly string[],
  { option, dataFolder, folder, decimal }: InputFolders & { readonly option: string },
): Decoding {
  const { as, size, channels, fit, shape, tokens, length, rate, vocabulary } = chosen
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
      const plan = {
        ...{ kind: 'numbers', fields: names, size: sizeOfShape(own) },
        ...(decimal === ',' && { decimal }),
      }
      return { plan, field: { shape: own, dtype: 'float32' } }
    }
    case 'text': {
      const file = chosen.tokenizer === 'bytes' ? undefined : resolve(folder, chosen.tokenizer)
      const count = openTokenizer(file).vocabulary.length
      const plan: TokensPlan = {
        ...{ kind: 'tokens', field, length: require(tokens, 'tokens'), tokenizer: file },
        ...(file !== undefined && {
          rules: createHash('sha256').update(readFileSync(file)).digest('hex'),
        }),
      }
      return {
        plan,
        field: { shape: [plan.length], dtype: 'float32', range: [0, count - 1] },
        tokens: tokenEncodingOf(file),
        lengths: {
          ...{ field, asNumbers: true, most: plan.length },
          measure: { of: 'text', tokenizer: file },
        },
      }
    }
    case 'ids': {
      const count = require(vocabulary, 'vocabulary')
      const places = require(tokens, 'tokens')
      const plan: ListPlan = { kind: 'list', field, length: places, count, filling: 0 }
      return {
        plan,
        field: { shape: [places], dtype: 'float32', range: [0, count - 1] },
        lengths: { field, asNumbers: true, most: places, measure: { of: 'list' } },
      }
    }
    default: {
      const plan = { kind: 'sound', field, length: require(length, 'length'), channels: 1, rate }
      return { plan, field: { shape: [plan.length, 1], dtype: 'float32', range: [-1, 1] } }
    }
  }
}
