// Loaded by whoever only uses a file: nothing here computes.
import { DataError } from '@ashlar/errors'
import { z } from 'zod'

/** How a picture becomes a sample: brought to one size, then `(byte / 255 - mean) / std` for each channel. */
export interface ImageEncoding {
  readonly kind: 'image'
  readonly height: number
  readonly width: number
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3
  /** What happens when the proportions differ: cut off what is too much, add black, or distort. */
  readonly fit: 'cover' | 'contain' | 'fill'
  /** Colour, `#rrggbb`, of what is transparent and of what `contain` adds; transparency is dropped and black added when left out. */
  readonly background?: string | undefined
  /** For each channel; 0 when left out. */
  readonly mean?: readonly number[] | undefined
  /** For each channel; 1 when left out. */
  readonly std?: readonly number[] | undefined
  /** Whether the file itself does all but the size: it takes the bytes, uint8; with `resize`, it brings pictures of any size to its own as well. */
  readonly inGraph?: true | 'resize' | undefined
  /** Whether a file of a grey network takes red, green and blue, and mixes them to grey itself, as part of what it does `inGraph`. */
  readonly colors?: true | undefined
}

/** A column of numbers: what is missing is filled, then `(number - mean) / std`. */
export interface NumberColumn {
  readonly kind: 'number'
  readonly name: string
  /** What stands for a cell that is missing; without it a missing cell is an error. */
  readonly fill?: number | undefined
  /** Whether a second number says, as 1, that the cell was missing. */
  readonly indicator?: boolean | undefined
  /** 0 when left out. */
  readonly mean?: number | undefined
  /** 1 when left out. */
  readonly std?: number | undefined
}

/** A column of names: one number for each category, of which one is 1 and the others 0. */
export interface CategoryColumn {
  readonly kind: 'category'
  readonly name: string
  readonly categories: readonly string[]
  /** Other spellings of categories, by spelling. */
  readonly spellings?: Readonly<Record<string, string>> | undefined
  /** What stands for a cell that is missing; without it a missing cell is an error. */
  readonly fill?: string | undefined
  /** Whether a last number says, as 1, that the cell was missing. */
  readonly indicator?: boolean | undefined
  /** Whether a name that no training sample had is an error, or 0 for every category. */
  readonly unseen: 'refuse' | 'ignore'
}

/** A column of names as numbers that an embedding takes: 0 for a cell that is missing, 1 for a name that no training sample had, and from 2 on the place among the categories. */
export interface IndexColumn {
  readonly kind: 'index'
  readonly name: string
  readonly categories: readonly string[]
  /** Other spellings of categories, by spelling. */
  readonly spellings?: Readonly<Record<string, string>> | undefined
  /** Whether a name that no training sample had is an error, or 1. */
  readonly unseen: 'refuse' | 'ignore'
  readonly fill?: undefined
  readonly indicator?: undefined
}

/** What an {@link IndexColumn} keeps free below the places of its categories. */
export const RESERVED = { missing: 0, unseen: 1, first: 2 } as const

/** A column of a table. */
export type TableColumn = NumberColumn | CategoryColumn | IndexColumn

/** How tables are written. */
export interface TextFormat {
  /** What stands between cells. */
  readonly delimiter: string
  /** The decimal sign of numbers; a point when left out. */
  readonly decimal?: '.' | ',' | undefined
  /** What tables are in that are not UTF-8, such as `windows-1252`, where somebody said so. */
  readonly encoding?: string | undefined
}

/** How the cells of a row become a sample, column after column. */
export interface TableEncoding extends TextFormat {
  readonly kind: 'table'
  readonly columns: readonly TableColumn[]
  /**
   * Whether the file itself fills, scales and makes categories of indices: it takes one number for each column, as it stands in the table, NaN where it is missing, and for a name its index, as an
   * {@link IndexColumn} has it.
   */
  readonly inGraph?: true | undefined
}

/**
 * What tokens stand for: characters or words in the order of their numbers, of which word 0 may be padding, an empty text; bytes of UTF-8; or what the text of a `tokenizer.json` of Hugging Face
 * says.
 */
export type TokenEncoding =
  | { readonly kind: 'bytes' }
  | { readonly kind: 'tokenizer'; readonly json: string }
  | { readonly kind: 'characters'; readonly characters: readonly string[] }
  | { readonly kind: 'words'; readonly words: readonly string[] }

/** What was done to raw data to make a sample of it: all that is needed to do the same to new data. */
export type InputEncoding = ImageEncoding | TableEncoding

/** What the numbers of a model's output mean. */
export type OutputEncoding =
  | {
      readonly task: 'classification'
      /** In the order of their indices. */
      readonly classes: readonly string[]
      /** One number alone stands for the second of two classes. */
      readonly gives: 'logits' | 'probabilities'
      /** The output in which the file itself gives the name of the class of each sample, where it does. */
      readonly label?: string | undefined
    }
  | {
      /** Yes or no to each class, of which several may be right, or none. */
      readonly task: 'multi-label'
      readonly classes: readonly string[]
      /** Of each class by itself. */
      readonly gives: 'logits' | 'probabilities'
    }
  | {
      readonly task: 'regression'
      /** Names of the numbers; empty where nobody named them. */
      readonly targets: readonly string[]
    }

const count = z.int().positive().max(1e6)
const list = z.array(z.number()).max(4)
const yes = z.literal(true).optional()

const format = {
  delimiter: z.string().min(1),
  decimal: z.enum(['.', ',']).optional(),
  encoding: z.string().min(1).max(40).optional(),
}

/** Checks a {@link TextFormat} that comes from a file. */
export const textFormat: z.ZodType<TextFormat> = z.object(format)

/** Checks an {@link InputEncoding} that comes from a file. */
export const inputEncoding: z.ZodType<InputEncoding> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('image'),
    height: count,
    width: count,
    channels: z.union([z.literal(1), z.literal(3)]),
    fit: z.enum(['cover', 'contain', 'fill']),
    background: z
      .string()
      .regex(/^#[0-9a-f]{6}$/i)
      .optional(),
    mean: list.optional(),
    std: list.optional(),
    inGraph: z.union([yes, z.literal('resize')]),
    colors: yes,
  }),
  z.object({
    kind: z.literal('table'),
    columns: z.array(
      z.discriminatedUnion('kind', [
        z.object({
          kind: z.literal('number'),
          name: z.string(),
          fill: z.number().optional(),
          indicator: z.boolean().optional(),
          mean: z.number().optional(),
          std: z.number().optional(),
        }),
        z.object({
          kind: z.literal('category'),
          name: z.string(),
          categories: z.array(z.string()),
          spellings: z.record(z.string(), z.string()).optional(),
          fill: z.string().optional(),
          indicator: z.boolean().optional(),
          unseen: z.enum(['refuse', 'ignore']),
        }),
        z.object({
          kind: z.literal('index'),
          name: z.string(),
          categories: z.array(z.string()),
          spellings: z.record(z.string(), z.string()).optional(),
          unseen: z.enum(['refuse', 'ignore']),
        }),
      ]),
    ),
    ...format,
    inGraph: yes,
  }),
])

/** Checks an {@link OutputEncoding} that comes from a file. */
export const outputEncoding: z.ZodType<OutputEncoding> = z.discriminatedUnion('task', [
  z.object({
    task: z.literal('classification'),
    classes: z.array(z.string()),
    gives: z.enum(['logits', 'probabilities']),
    label: z.string().optional(),
  }),
  z.object({
    task: z.literal('multi-label'),
    classes: z.array(z.string()),
    gives: z.enum(['logits', 'probabilities']),
  }),
  z.object({ task: z.literal('regression'), targets: z.array(z.string()) }),
])

/** Checks a {@link TokenEncoding} that comes from a file. */
export const tokenEncoding: z.ZodType<TokenEncoding> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bytes') }),
  z.object({ kind: z.literal('tokenizer'), json: z.string().min(2) }),
  z.object({ kind: z.literal('characters'), characters: z.array(z.string().min(1)).min(1) }),
  z.object({ kind: z.literal('words'), words: z.array(z.string()).min(1) }),
])

/** Keys of an exported file's metadata. */
export const INPUT_KEY = 'ashlar.input'
export const OUTPUT_KEY = 'ashlar.output'
export const TOKENS_KEY = 'ashlar.tokens'
export const INPUTS_KEY = 'ashlar.inputs'
export const OUTPUTS_KEY = 'ashlar.outputs'
export const FORMAT_KEY = 'ashlar.format'

/** What raw data becomes and what outputs mean, as far as somebody said. */
export interface Encodings {
  readonly input?: InputEncoding | undefined
  readonly output?: OutputEncoding | undefined
  readonly tokens?: TokenEncoding | undefined
  /** Of inputs by name, as far as they are made of something that anybody has. */
  readonly inputs?: Readonly<Record<string, InputEncoding>> | undefined
  /** Of outputs by name. */
  readonly outputs?: Readonly<Record<string, OutputEncoding>> | undefined
  /** How the tables were written from which inputs by name take their numbers as they are. */
  readonly format?: TextFormat | undefined
}

/** As an exported file carries them, JSON by key. */
export function encodingMetadata(encodings: Encodings): Record<string, string> {
  const { input, output, tokens, inputs, outputs, format } = encodings
  return {
    ...(input && { [INPUT_KEY]: JSON.stringify(input) }),
    ...(output && { [OUTPUT_KEY]: JSON.stringify(output) }),
    ...(tokens && { [TOKENS_KEY]: JSON.stringify(tokens) }),
    ...(inputs && { [INPUTS_KEY]: JSON.stringify(inputs) }),
    ...(outputs && { [OUTPUTS_KEY]: JSON.stringify(outputs) }),
    ...(format && { [FORMAT_KEY]: JSON.stringify(format) }),
  }
}

/**
 * What a file's metadata has under a key, as JSON; undefined where it has nothing there. The file may come from anybody.
 *
 * @param where names the file in errors.
 * @throws DataError for what is no JSON, or something else than the schema says.
 */
export function readMetadata<T>(
  metadata: ReadonlyMap<string, string>,
  key: string,
  schema: z.ZodType<T>,
  where: string,
): T | undefined {
  const text = metadata.get(key)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new DataError({
      where,
      expected: `the metadata \`${key}\` must be readable`,
      given: text.slice(0, 80),
      cause,
    })
  }
}

/**
 * What {@link encodingMetadata} wrote, read back. The file may come from anybody.
 *
 * @param where names the file in errors.
 * @throws DataError for something else under these keys.
 */
export function readEncodings(metadata: ReadonlyMap<string, string>, where: string): Encodings {
  const read = <T>(key: string, schema: z.ZodType<T>) => readMetadata(metadata, key, schema, where)
  return {
    input: read(INPUT_KEY, inputEncoding),
    output: read(OUTPUT_KEY, outputEncoding),
    tokens: read(TOKENS_KEY, tokenEncoding),
    inputs: read(INPUTS_KEY, z.record(z.string(), inputEncoding)),
    outputs: read(OUTPUTS_KEY, z.record(z.string(), outputEncoding)),
    format: read(FORMAT_KEY, textFormat),
  }
}

/** What a dataset of bytes says of pictures without saying so: those of another size are brought to its own as a whole. */
export function imageEncodingOf(info: {
  readonly inputShape: readonly number[]
  readonly inputDtype: string
}): ImageEncoding | undefined {
  const [height, width, channels, ...more] = info.inputShape
  if (info.inputDtype !== 'uint8' || more.length > 0 || !height || !width) return undefined
  if (channels !== 1 && channels !== 3) return undefined
  return { kind: 'image', height, width, channels, fit: 'contain' }
}

/** Numbers of each pixel, as the file takes it. */
export function channelsTaken({ channels, colors }: ImageEncoding): 1 | 3 {
  return colors ? 3 : channels
}

/** Numbers of one sample, as the model takes it. */
export function widthOfEncoding(input: InputEncoding): number {
  if (input.kind === 'image') return input.height * input.width * channelsTaken(input)
  if (input.inGraph) return input.columns.length
  return input.columns.reduce((width, column) => width + widthOfColumn(column), 0)
}

/** Numbers that a column comes to. */
export function widthOfColumn(column: TableColumn): number {
  const own = column.kind === 'category' ? column.categories.length : 1
  return own + Number(column.indicator ?? false)
}

/** How the numbers of a table are stored: whole, where all its columns are indices. */
export function dtypeOfTable({ columns }: TableEncoding): 'int32' | 'float32' {
  const areIndices = columns.length > 0 && columns.every(({ kind }) => kind === 'index')
  return areIndices ? 'int32' : 'float32'
}
