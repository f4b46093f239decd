import { extname } from 'node:path'
import type { FileLimits } from '@ashlar/core'
import { readEncodings } from '@ashlar/core/encoding'
import { DataError } from '@ashlar/errors'
import { type GuardedRunner, type NamedData, openInspected } from '@ashlar/export/guarded'
import type { InspectedModel } from '@ashlar/export/inspect'
import { csvLine } from '../terminal/csv-line.ts'
import { formatMetric } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { formatTable } from '../terminal/table.ts'
import { findFiles } from './find-files.ts'
import { describeInput, type FieldSample, JSON_LINES, readJsonLines } from './json-lines.ts'

/** What a model of named fields gives for one line: all numbers of each output, row after row. */
export interface FieldPrediction {
  readonly file: string
  /** The line, from 1 on. */
  readonly row: number
  readonly outputs: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
  >
}

/** Lines that go through the model together at most, */
const MOST_LINES = 256
/** and their numbers. */
const MOST_NUMBERS = 4_000_000

/** Numbers of an output that a table shows. */
const SHOWN = 4

/** Whether a model's samples are named fields, which neither a picture nor the row of a table is. */
export function takesFields({ inputs, metadata }: InspectedModel): boolean {
  return inputs.length > 1 || readEncodings(metadata, '').input === undefined
}

/**
 * What a model says of the lines of files of JSON lines: an object with a field for each of its inputs.
 *
 * @throws DataError for other files, saying what the model takes, and for lines that do not fit it.
 */
export async function predictFields(
  path: string,
  model: InspectedModel,
  request: { readonly files: readonly string[]; readonly limits?: FileLimits | undefined },
): Promise<FieldPrediction[]> {
  const runner = await openInspected(path, model, request.limits)
  try {
    const files = await findFiles(request.files, JSON_LINES)
    const other = files.find((file) => !JSON_LINES.includes(extname(file).toLowerCase()))
    if (other !== undefined) throw notJsonLines(path, other, runner)
    const predictions: FieldPrediction[] = []
    for (const file of files) {
      for await (const samples of alike(readJsonLines(file, runner.inputs), runner)) {
        predictions.push(...(await predictAlike(samples, runner)))
      }
    }
    return predictions
  } finally {
    await runner.release()
  }
}

function notJsonLines(path: string, file: string, { inputs }: GuardedRunner): DataError {
  return new DataError({
    where: path,
    expected: `takes named fields, from files of JSON lines (${JSON_LINES.join(', ')})`,
    given: file,
    hint: `Each line is an object with these fields: ${inputs.map(describeInput).join('; ')}. Files that ashlar run and ashlar export write of pictures and tables say how their data was made, and take those.`,
  })
}

/** Samples one after the other whose fields have the same shapes, as many as go together. */
async function* alike(
  samples: AsyncIterable<FieldSample>,
  { inputs }: GuardedRunner,
): AsyncGenerator<FieldSample[]> {
  // A file may take one sample at a time.
  const isFree = inputs.every(({ shape }) => typeof shape[0] === 'string')
  let gathered: FieldSample[] = []
  let shapes = ''
  let numbers = 0
  for await (const sample of samples) {
    const all = Object.values(sample.fields)
    const own = JSON.stringify(all.map(({ shape }) => shape))
    const isFull = !isFree || gathered.length >= MOST_LINES || numbers > MOST_NUMBERS
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
  runner: GuardedRunner,
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
  return samples.map(({ file, row }, at) => ({
    file,
    row,
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
        data.map((each) => String(Number(each.toPrecision(7)))),
      )
      output.line(csvLine([file, String(row), ...numbers]))
    }
    return
  }
  const rows = predictions.map(({ file, row, outputs }) => [
    file,
    String(row),
    ...Object.values(outputs).map(({ data }) => {
      const shown = data.slice(0, SHOWN).map(formatMetric).join(' ')
      return data.length > SHOWN ? `${shown} ... (${data.length})` : shown
    }),
  ])
  for (const line of formatTable(['file', 'row', ...entries.map(([name]) => name)], rows)) {
    output.line(line)
  }
}
