import { dirname, extname } from 'node:path'
import type { FileLimits } from '@ashlar/core'
import { type Answer, answersOf } from '@ashlar/core/answers'
import { csvLine } from '@ashlar/core/csv'
import {
  type InputEncoding,
  type OutputEncoding,
  readEncodings,
  type TextFormat,
} from '@ashlar/core/encoding'
import { cellAsNumbers, readCsv } from '@ashlar/datasets/raw'
import { DataError } from '@ashlar/errors'
import { type GuardedRunner, type NamedData, openInspected } from '@ashlar/export/guarded'
import { type InspectedModel, LAYOUT_KEY } from '@ashlar/export/inspect'
import { formatMetric } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { formatTable } from '../terminal/table.ts'
import { findFiles } from './find-files.ts'
import {
  describeInput,
  type FieldSample,
  JSON_LINES,
  readJsonLines,
  sampleFields,
} from './json-lines.ts'
import { labelsInWords } from './labels-in-words.ts'
import { type RawFields, rawFields } from './raw-fields.ts'
import { type FailedFile, readEach } from './read-each.ts'

/** What a model of named fields gives for one line: all numbers of each output, row after row. */
export interface FieldPrediction {
  readonly file: string
  /** The line, from 1 on. */
  readonly row: number
  readonly outputs: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
  >
  /** What outputs mean, of those that the file says it of. */
  readonly answers?: Readonly<Record<string, Answer>>
}

/** What a model gives for the lines of files. */
export interface FieldPredictions {
  readonly predictions: readonly FieldPrediction[]
  /** Of several files, those that could not be read to their end. */
  readonly failed: readonly FailedFile[]
  /** How many files there were. */
  readonly total: number
}

/** What runs a model of named fields. */
export interface FieldRunner extends Pick<GuardedRunner, 'inputs' | 'outputNames' | 'run'> {
  /** Lines that go together at most; 256 when left out. */
  readonly mostLines?: number | undefined
}

/** Tables, whose columns are those of table inputs, and one by the name of each other input. */
const TABLES: readonly string[] = ['.csv', '.tsv']

/** Lines that go through the model together at most, */
const MOST_LINES = 256
/** and their numbers. */
const MOST_NUMBERS = 4_000_000

/** Numbers of an output that a table shows. */
const SHOWN = 4

/** Whether a model's samples are named fields, which neither a picture nor the row of a table is. */
export function takesFields({ inputs, outputs, textOutputs, metadata }: InspectedModel): boolean {
  // What says a class in words stands beside its numbers.
  const isOne = inputs.length === 1 && outputs.length - textOutputs.length === 1
  return !isOne || readEncodings(metadata, '').input === undefined
}

/**
 * What a model says of the lines of files of JSON lines: an object with a field for each of its inputs. Where the file says how inputs are made, a field may be the path of a picture or the cells of
 * a row, and a table in CSV does as well.
 *
 * @throws DataError for other files, saying what the model takes, and for lines of a single file that do not fit it.
 */
export async function predictFields(
  path: string,
  model: InspectedModel,
  request: { readonly files: readonly string[]; readonly limits?: FileLimits | undefined },
): Promise<FieldPredictions> {
  const runner = await openInspected(path, model, request.limits)
  try {
    return await predictFieldsWith(path, runner, model.metadata, request.files)
  } finally {
    await runner.release()
  }
}

/**
 * The same with whatever runs the model: a file, or a server that has it.
 *
 * @param where names the model in errors.
 * @param metadata what its file says of itself.
 */
export async function predictFieldsWith(
  where: string,
  runner: FieldRunner,
  metadata: ReadonlyMap<string, string>,
  given: readonly string[],
): Promise<FieldPredictions> {
  const { inputs: made = {}, outputs: meanings = {}, format } = readEncodings(metadata, where)
  const raw = rawFields(made, metadata.get(LAYOUT_KEY) === 'nchw')
  const isTable = (file: string) => TABLES.includes(extname(file).toLowerCase())
  const tables = Object.keys(made).length > 0 || format !== undefined ? TABLES : []
  const endings = [...JSON_LINES, ...tables]
  const files = await findFiles(given, endings)
  const other = files.find((file) => !endings.includes(extname(file).toLowerCase()))
  if (other !== undefined) throw otherFile(where, other, { runner, raw, tables })
  const predictFile = async (file: string) => {
    const found = isTable(file)
      ? readTable(file, runner, { raw, made, format })
      : readJsonLines(file, runner.inputs, raw)
    const own: FieldPrediction[] = []
    for await (const samples of alike(found, runner)) {
      for (const each of await predictAlike(samples, runner, meanings)) own.push(each)
    }
    return own
  }
  const failed: FailedFile[] = []
  const predictions: FieldPrediction[] = []
  for await (const own of readEach(files, predictFile, failed)) {
    // One by one: a call takes no more than some 120,000 arguments, and a table has more rows.
    for (const each of own) predictions.push(each)
  }
  return { predictions, failed, total: files.length }
}

/** The rows of a table: cells of columns to table inputs, and of the column that is called as another input to that. */
async function* readTable(
  file: string,
  { inputs }: FieldRunner,
  {
    raw,
    made,
    format,
  }: {
    readonly raw: RawFields
    readonly made: Readonly<Record<string, InputEncoding>>
    readonly format: TextFormat | undefined
  },
): AsyncGenerator<FieldSample> {
  const table = Object.values(made).find((each) => each.kind === 'table')
  const written = table ?? format
  const delimiter = extname(file).toLowerCase() === '.tsv' ? '\t' : (written?.delimiter ?? ',')
  const { columns, rows } = readCsv(file, { delimiter, otherwise: written?.encoding })
  const wanted = inputs.flatMap(({ name }) => {
    const own = made[name]
    return own?.kind === 'table' ? own.columns.map((column) => column.name) : [name]
  })
  const missing = wanted.find((name) => !columns.includes(name))
  if (missing !== undefined) {
    throw new DataError({
      where: file,
      expected: `must have the columns ${[...new Set(wanted)].join(', ')}; there is no ${JSON.stringify(missing)}`,
      given: columns,
    })
  }
  for (const [at, row] of rows.entries()) {
    const cells = Object.fromEntries(columns.map((name, column) => [name, row[column]!]))
    const sample = inputs.map(({ name }) => {
      const kind = made[name]?.kind
      if (kind === 'table') return [name, cells] as const
      const cell = cells[name]!
      const value = kind === 'image' ? cell : cellAsNumbers(cell, written?.decimal)
      return [name, value] as const
    })
    const where = `${file}, row ${at + 1}`
    yield {
      ...{ file, row: at + 1 },
      fields: await sampleFields(Object.fromEntries(sample), inputs, {
        ...{ where, raw, folder: dirname(file) },
      }),
    }
  }
}

function otherFile(
  path: string,
  file: string,
  {
    runner: { inputs },
    raw,
    tables,
  }: {
    readonly runner: FieldRunner
    readonly raw: RawFields
    readonly tables: readonly string[]
  },
): DataError {
  const others = inputs.flatMap((input) => {
    const words = raw.describe(input)
    return words === undefined ? [] : `${input.name} may be ${words}.`
  })
  const more =
    others.length > 0
      ? others.join(' ')
      : 'Files that ashlar run and ashlar export write of pictures and tables say how their data was made, and take those.'
  return new DataError({
    where: path,
    expected: `takes named fields, from files of JSON lines (${JSON_LINES.join(', ')})${tables.length > 0 ? ` or tables (${tables.join(', ')})` : ''}`,
    given: file,
    hint: `Each line is an object with these fields: ${inputs.map(describeInput).join('; ')}. ${more}`,
  })
}

/** Samples one after the other whose fields have the same shapes, as many as go together. */
async function* alike(
  samples: AsyncIterable<FieldSample>,
  { inputs, mostLines = MOST_LINES }: FieldRunner,
): AsyncGenerator<FieldSample[]> {
  // A file may take one sample at a time.
  const isFree = inputs.every(({ shape }) => typeof shape[0] === 'string')
  let gathered: FieldSample[] = []
  let shapes = ''
  let numbers = 0
  for await (const sample of samples) {
    const all = Object.values(sample.fields)
    const own = JSON.stringify(all.map(({ shape }) => shape))
    const isFull = !isFree || gathered.length >= mostLines || numbers > MOST_NUMBERS
    if (gathered.length > 0 && (isFull || own !== shapes)) {
      yield gathered
      gathered = []
      numbers = 0
    }
    shapes = own
    gathered.push(sample)
    numbers += all.reduce((sum, { data }) => sum + data.length, 0)
  }
  if (gathered.length > 0) yield gathered
}

async function predictAlike(
  samples: readonly FieldSample[],
  runner: FieldRunner,
  meanings: Readonly<Record<string, OutputEncoding>>,
): Promise<FieldPrediction[]> {
  const first = samples[0]!
  const feeds = Object.keys(first.fields).map((name) => [
    name,
    stacked(samples.map(({ fields }) => fields[name]!)),
  ])
  const results = await runner.run(Object.fromEntries(feeds)).catch((cause: Error) => {
    throw new DataError({
      where: `${first.file}, line ${first.row}`,
      expected: 'the model must run on its fields',
      hint: cause.message,
      cause,
    })
  })
  const answers = Object.entries(meanings).flatMap(([name, meaning]) => {
    const found = results[name]
    if (found === undefined || found.shape[0] !== samples.length) return []
    const own = answersOf(meaning, found.data as Float32Array, samples.length, name)
    return [[name, own] as const]
  })
  return samples.map(({ file, row }, at) => ({
    file,
    row,
    ...(answers.length > 0 && {
      answers: Object.fromEntries(answers.map(([name, own]) => [name, own[at]!])),
    }),
    outputs: Object.fromEntries(
      runner.outputNames.map((name) => {
        const { shape, data } = results[name]!
        const isBatch = shape[0] === samples.length
        const size = isBatch ? data.length / samples.length : data.length
        const own = isBatch ? data.subarray(at * size, (at + 1) * size) : data
        return [name, { shape: isBatch ? shape.slice(1) : shape, data: Array.from(own, Number) }]
      }),
    ),
  }))
}

function stacked(all: readonly NamedData[string][]): NamedData[string] {
  const [first] = all
  const { shape, dtype, data } = first!
  const Numbers = data.constructor as new (length: number) => typeof data
  const whole = new Numbers(data.length * all.length)
  for (const [at, each] of all.entries()) whole.set(each.data as never, at * data.length)
  return { shape: [all.length, ...shape.slice(1)], dtype, data: whole }
}

/** Shows them: all numbers in CSV, the first ones of each output in a table. */
export function showFields(
  predictions: readonly FieldPrediction[],
  { csv }: { readonly csv?: boolean | undefined },
  output: Output,
): void {
  const [first] = predictions
  const entries = Object.entries(first?.outputs ?? {})
  if (csv) {
    const names = entries.flatMap(([name, { data }]) =>
      data.length === 1 ? [name] : data.map((_, at) => `${name}.${at}`),
    )
    const odd = predictions.find(({ outputs }) =>
      entries.some(([name, { data }]) => outputs[name]!.data.length !== data.length),
    )
    if (odd !== undefined) {
      throw new DataError({
        where: `${odd.file}, line ${odd.row}`,
        expected: 'a table in CSV must have the same number of columns for every line',
        hint: 'Outputs of different sizes: use --json.',
      })
    }
    output.line(csvLine(['file', 'row', ...names]))
    for (const { file, row, outputs } of predictions) {
      const numbers = Object.values(outputs).flatMap(({ data }) =>
        data.map((each) => Number(each.toPrecision(7))),
      )
      output.line(csvLine([file, row, ...numbers]))
    }
    return
  }
  const rows = predictions.map(({ file, row, outputs, answers }) => [
    file,
    String(row),
    ...Object.entries(outputs).map(([name, { data }]) => {
      const answer = answers?.[name]
      if (answer !== undefined && 'class' in answer) {
        return `${answer.class} ${answer.probability.toFixed(3)}`
      }
      if (answer !== undefined && 'labels' in answer) return labelsInWords(answer)
      const shown = data.slice(0, SHOWN).map(formatMetric).join(' ')
      return data.length > SHOWN ? `${shown} ... (${data.length})` : shown
    }),
  ])
  for (const line of formatTable(['file', 'row', ...entries.map(([name]) => name)], rows)) {
    output.line(line)
  }
}
