import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { type OwnDataShape, ownDataShape } from '../splits/own-data.ts'
import {
  type ColumnShape,
  columnShape,
  type UnlabelledOption,
  unlabelledOption,
} from '../tables/column-options.ts'

type Files = z.ZodUnion<readonly [z.ZodString, z.ZodArray<z.ZodString>]>
type Choice<K extends string> = z.ZodEnum<{ [Key in K]: Key }>

/** See {@link cacheShape}. */
export type CacheShape = { readonly cache: z.ZodDefault<z.ZodBoolean> }

/** See {@link readingShape}. */
export type ReadingShape = {
  readonly threads: z.ZodOptional<z.ZodInt>
  readonly sampling: z.ZodDefault<Choice<'each' | 'balanced'>>
}

/** How a field becomes numbers; see {@link recordShape}. */
export type InputShape = ColumnShape & {
  readonly size: z.ZodOptional<z.ZodTuple<[z.ZodInt, z.ZodInt], null>>
  readonly channels: z.ZodDefault<z.ZodUnion<readonly [z.ZodLiteral<1>, z.ZodLiteral<3>]>>
  readonly fit: z.ZodDefault<Choice<'cover' | 'contain' | 'fill'>>
  readonly shape: z.ZodOptional<z.ZodArray<z.ZodInt>>
  readonly tokens: z.ZodOptional<z.ZodInt>
  readonly tokenizer: z.ZodDefault<z.ZodUnion<readonly [z.ZodLiteral<'bytes'>, z.ZodString]>>
  readonly vocabulary: z.ZodOptional<z.ZodInt>
  readonly pad: z.ZodDefault<Choice<'all' | 'batch'>>
  readonly length: z.ZodOptional<z.ZodInt>
  readonly rate: z.ZodDefault<z.ZodInt>
}

/** How a field becomes labels; see {@link recordShape}. */
export type OutputShape = {
  readonly classes: z.ZodOptional<z.ZodArray<z.ZodString>>
  readonly values: z.ZodOptional<z.ZodArray<MaskValue>>
  readonly ignore: z.ZodOptional<z.ZodArray<MaskValue>>
  readonly ignoreIndex: z.ZodDefault<z.ZodInt>
}

type MaskValue = z.ZodUnion<readonly [z.ZodInt, z.ZodString]>

type What = 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound'
type Task = 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging'

/** One of several inputs. */
export type NamedInputShape = InputShape & {
  readonly field: Files
  readonly as: Choice<What>
}

/** One of several outputs. */
export type NamedOutputShape = OutputShape & {
  readonly field: Files
  readonly task: Choice<Task>
  readonly shape: z.ZodOptional<z.ZodArray<z.ZodInt>>
  readonly size: InputShape['size']
}

type ByName<T extends z.ZodRawShape> = z.ZodOptional<
  z.ZodRecord<z.ZodString, z.ZodObject<T, z.core.$strict>>
>

/** See {@link recordShape}. */
export type RecordShape = {
  readonly files: Files
  readonly validationFiles: z.ZodOptional<Files>
  readonly testFiles: z.ZodOptional<Files>
  readonly splitBy: z.ZodOptional<z.ZodString>
  readonly groupBy: z.ZodOptional<z.ZodString>
  readonly input: z.ZodOptional<Files>
  readonly as: z.ZodOptional<Choice<What>>
  readonly target: z.ZodOptional<Files>
  readonly task: z.ZodOptional<Choice<Task>>
  readonly inputs: ByName<NamedInputShape>
  readonly outputs: ByName<NamedOutputShape>
  readonly weight: z.ZodOptional<z.ZodString>
  readonly unlabelled: UnlabelledOption
  readonly rounding: z.ZodDefault<Choice<'refuse' | 'nearest'>>
  readonly buffer: z.ZodDefault<z.ZodInt>
} & InputShape &
  OutputShape &
  CacheShape &
  ReadingShape &
  OwnDataShape

const side = () => z.int().positive().max(8192)

/** Files that are read: paths, folders, `*` and `{00..10}`. */
export function filesOption(): Files {
  return z.union([path('read'), z.array(path('read')).min(1)])
}

/** How samples are read and drawn, whatever the format: what each of them holds does not depend on it. */
export const readingShape: ReadingShape = {
  threads: z
    .int()
    .min(0)
    .max(64)
    .optional()
    .describe(
      'Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it.',
    ),
  sampling: z
    .enum(['each', 'balanced'])
    .default('each')
    .describe(
      'An epoch of training: each sample once (each), or as many samples of every class (balanced).',
    ),
}

/** Of formats whose samples are decoded. */
export const cacheShape: CacheShape = {
  cache: z
    .boolean()
    .default(false)
    .describe(
      'Whether samples that are streamed are kept decoded in the cache folder: they are decoded once, and take as much of the disk as they would of memory.',
    ),
}

/** What those come to. */
export interface ReadingOptions {
  readonly cache?: boolean | undefined
  readonly threads?: number | undefined
  readonly sampling: 'each' | 'balanced'
  /** See {@link recordShape}. */
  readonly buffer?: number | undefined
}

/** How a field becomes numbers. */
export const inputShape: InputShape = {
  ...columnShape('Of tables'),
  size: z
    .tuple([side(), side()])
    .optional()
    .describe('Of pictures: height and width that they are brought to.'),
  channels: z
    .union([z.literal(1), z.literal(3)])
    .default(3)
    .describe('Of pictures: 1 for grey, 3 for colour.'),
  fit: z
    .enum(['cover', 'contain', 'fill'])
    .default('cover')
    .describe(
      'Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill).',
    ),
  shape: z
    .array(z.int().positive())
    .min(1)
    .optional()
    .describe('Of numbers: the shape of a sample; left out, one number for each field.'),
  tokens: z
    .int()
    .positive()
    .optional()
    .describe('Of texts and ids: tokens of a sample, cut off or filled up.'),
  tokenizer: z
    .union([z.literal('bytes'), path('read')])
    .default('bytes')
    .describe('Of texts: `bytes`, or a tokenizer.json of Hugging Face.'),
  vocabulary: z
    .int()
    .positive()
    .optional()
    .describe('Of ids: how many tokens there are, 0 being what fills up.'),
  pad: z
    .enum(['all', 'batch'])
    .default('all')
    .describe(
      'Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch).',
    ),
  length: z
    .int()
    .positive()
    .optional()
    .describe('Of sounds: numbers of a sample, cut off or filled by silence.'),
  rate: z
    .int()
    .positive()
    .default(16_000)
    .describe('Of sounds: numbers in a second that every file must have.'),
}

/** Names of fields of a record: one, or several. */
export const fieldNames = (): Files =>
  z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

const AS =
  'What that field is: columns of a table (several fields; fitted to the training samples), a picture, numbers or a list of them, a text, a list of the numbers of tokens (ids), or a WAV sound.'

const as = () => z.enum(['table', 'picture', 'numbers', 'text', 'ids', 'sound']).describe(AS)
const TASK =
  'What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging).'

/** What targets may be. */
export const taskOption = (): Choice<Task> =>
  z.enum(['classification', 'multi-label', 'regression', 'segmentation', 'tagging']).describe(TASK)

const maskValue = () =>
  z.union([
    z.int().min(0),
    z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as "#ff0000"'),
  ])

/** How a field becomes labels. */
export const outputShape: OutputShape = {
  classes: z
    .array(z.string().min(1))
    .min(2)
    .optional()
    .describe(
      'Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told.',
    ),
  values: z
    .array(maskValue())
    .min(2)
    .optional()
    .describe(
      'Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on.',
    ),
  ignore: z
    .array(maskValue())
    .optional()
    .describe('Of masks: what does not count; 255 where `values` is left out.'),
  ignoreIndex: z
    .int()
    .default(-1)
    .describe(
      'Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it.',
    ),
}

/** What one of several fields is called. */
export const fieldName = (): z.ZodString =>
  z.string().regex(/^[A-Za-z_][\w-]*$/, 'must be a name of letters and digits')

/** The options of one of several outputs. */
const namedOutputShape: NamedOutputShape = {
  field: fieldNames().describe(
    'The field of a record; of several labels, a field for each class does as well.',
  ),
  task: taskOption(),
  ...outputShape,
  shape: z
    .array(z.int().positive())
    .min(1)
    .optional()
    .describe(
      'Of a regression: the shape of a list of numbers; left out, one number. Of tagging: the number of places; left out, the tokens of the text.',
    ),
  size: inputShape.size.describe(
    'Of masks: height and width; left out, those of the first picture.',
  ),
}

/** The options of every dataset of records: files whose records have named fields. */
export const recordShape: RecordShape = {
  files: filesOption().describe(
    'Files to train on: paths, a folder, or names with * for any characters or {000..010} for a range.',
  ),
  validationFiles: filesOption().optional().describe('Files to validate with.'),
  testFiles: filesOption()
    .optional()
    .describe('Files to test with; without them, `testPart` is held out.'),
  splitBy: z
    .string()
    .min(1)
    .optional()
    .describe('A field that says of each record whether it is for train, validation or test.'),
  groupBy: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A field whose equal values stay together when samples are held out, such as a patient.',
    ),
  input: fieldNames()
    .optional()
    .describe(
      'The field to predict from; several for a table and for numbers. Of several inputs, see `inputs`.',
    ),
  as: as().optional().describe(AS),
  target: fieldNames()
    .optional()
    .describe(
      'The field to predict; of several labels, a field for each class does as well. Of several outputs, see `outputs`.',
    ),
  task: taskOption().optional().describe(TASK),
  inputs: z
    .record(
      fieldName(),
      z.strictObject({
        field: fieldNames().describe('The field of a record; several for a table and for numbers.'),
        as: as(),
        ...inputShape,
      }),
    )
    .optional()
    .describe(
      'Several inputs by the names that the model takes them by, in the place of `input` and `as`.',
    ),
  outputs: z
    .record(fieldName(), z.strictObject(namedOutputShape))
    .optional()
    .describe(
      "Several outputs by the names of the model's outputs, in the place of `target` and `task`.",
    ),
  weight: z
    .string()
    .min(1)
    .optional()
    .describe('A field with what the loss of each sample counts, from 0 on.'),
  unlabelled: unlabelledOption(),
  ...inputShape,
  ...outputShape,
  rounding: z
    .enum(['refuse', 'nearest'])
    .default('refuse')
    .describe(
      'Of tables: whole numbers beyond 2^24 that float32 does not have: an error (refuse), or the nearest that it has.',
    ),
  buffer: z
    .int()
    .positive()
    .default(2048)
    .describe(
      'Samples that are mixed among each other where they are read in chunks (shards, row groups).',
    ),
  ...cacheShape,
  ...readingShape,
  ...ownDataShape,
}

/** What those options come to. */
export type RecordOptions = z.output<z.ZodObject<RecordShape>>

/** What the options of one input come to. */
export type InputOptions = z.output<z.ZodObject<NamedInputShape>>

/** What the options of one output come to. */
export type OutputOptions = z.output<z.ZodObject<NamedOutputShape>>
