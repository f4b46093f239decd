// Loads little: one picture is answered within a second.
import { existsSync } from 'node:fs'
import type { FileLimits } from '@ashlar/core'
import { type Answer, answersOf, mostProbable } from '@ashlar/core/answers'
import { type CsvCell, csvLine } from '@ashlar/core/csv'
import {
  channelsTaken,
  type InputEncoding,
  type OutputEncoding,
  readEncodings,
} from '@ashlar/core/encoding'
import { type RawSamples, rawExtensions, rawReader, toChannelsFirst } from '@ashlar/datasets/raw'
import { ConfigError, DataError, EngineError } from '@ashlar/errors'
import { isRun, openRun } from '@ashlar/experiment/runs'
import { type GuardedRunner, openInspected } from '@ashlar/export/guarded'
import { type InspectedModel, inspectFile, LAYOUT_KEY } from '@ashlar/export/inspect'
import { formatMetric } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { formatTable } from '../terminal/table.ts'
import { exportedFile } from './exported-file.ts'
import { findFiles } from './find-files.ts'
import { labelsInWords } from './labels-in-words.ts'
import { predictFields, showFields, takesFields } from './predict-fields.ts'
import { type FailedFile, readEach, tellFailed } from './read-each.ts'

/** What to predict from, and how to show it. */
export interface PredictRequest {
  /** A run, or an ONNX file. */
  readonly model: string
  /** Files, folders and patterns. */
  readonly files: readonly string[]
  readonly csv?: boolean | undefined
  /** Classes of each sample that are shown. */
  readonly top: number
  readonly invert?: boolean | undefined
  readonly limits?: FileLimits | undefined
}

/** One sample, what it comes from, and what the model says of it. */
type Prediction = { readonly file: string; readonly row?: number } & Answer

/** Numbers that go through the model together: some pictures, or many rows. */
const MOST_NUMBERS = 4_000_000

/**
 * Shows what a model says of files. Nothing is loaded that computes but onnxruntime, in a process of its own, as the file may come from anybody.
 *
 * @returns how many of several files could not be read: they are listed, and the others are answered.
 * @throws DataError for a model that does not say how its data was made, and for a single file that is no such data.
 */
export async function predictFiles(request: PredictRequest, output: Output): Promise<number> {
  if (request.csv && output.json) {
    throw new ConfigError({
      where: 'ashlar predict',
      expected: '--csv and --json exclude each other: a table is one or the other',
    })
  }
  const path = await modelFile(request.model)
  const model = await inspectFile(path)
  if (takesFields(model)) {
    const { predictions, failed, total } = await predictFields(path, model, request)
    showFields(predictions, request, output)
    tellFailed(failed, total, output)
    output.result({ model: path, predictions, failed })
    return failed.length
  }
  const { input, output: meaning } = encodingsIn(path, model)
  const files = await findFiles(request.files, rawExtensions(input))
  const read = await rawReader(input, request)
  const failed: FailedFile[] = []
  const predictions: Prediction[] = []
  let runner: GuardedRunner | undefined
  try {
    for await (const samples of gathered(readEach(files, read, failed))) {
      // Not before: a file that cannot be read is the user's first concern.
      runner ??= await openInspected(path, model, request.limits)
      const own = await predictSamples(samples, { path, model, runner, input, meaning })
      // One by one: a call takes no more than some 120,000 arguments, and a table has more rows.
      for (const each of own) predictions.push(each)
    }
  } finally {
    await runner?.release()
  }
  if (predictions.length > 0) show(predictions, request, output)
  tellFailed(failed, files.length, output)
  output.result({ model: path, predictions, failed })
  return failed.length
}

/** Samples of as many files as go through the model together. */
async function* gathered(samples: AsyncIterable<RawSamples>): AsyncGenerator<RawSamples[]> {
  let together: RawSamples[] = []
  let size = 0
  for await (const each of samples) {
    together.push(each)
    size += each.data.length
    if (size <= MOST_NUMBERS) continue
    yield together
    together = []
    size = 0
  }
  if (together.length > 0) yield together
}

async function modelFile(model: string): Promise<string> {
  if (await isRun(model)) return exportedFile(await openRun(model), 'onnx')
  if (existsSync(model)) return model
  throw new DataError({
    where: model,
    expected: 'must be an ONNX file, or the folder of a run that was exported',
    hint: 'There is nothing at this path.',
  })
}

function encodingsIn(
  path: string,
  { metadata }: InspectedModel,
): { readonly input: InputEncoding; readonly output: OutputEncoding } {
  const { input, output } = readEncodings(metadata, path)
  if (input !== undefined && output !== undefined) return { input, output }
  throw new DataError({
    where: path,
    expected:
      'the file must say how its data was made, in the metadata `ashlar.input` and `ashlar.output`',
    hint: 'Files that ashlar run and ashlar export write of pictures and tables do. Export a run of an older version again: ashlar export <run>.',
  })
}

/** A model that is loaded, and what is known of it. */
interface Loaded {
  readonly path: string
  readonly model: InspectedModel
  readonly runner: GuardedRunner
  readonly input: InputEncoding
  readonly meaning: OutputEncoding
}

async function predictSamples(
  samples: readonly RawSamples[],
  { path, model, runner, input, meaning }: Loaded,
): Promise<Prediction[]> {
  const rows = samples.reduce((sum, each) => sum + (each.rows ?? 1), 0)
  const size = samples.reduce((sum, { data }) => sum + data.length, 0)
  const whole =
    input.kind === 'image' && input.inGraph ? new Uint8Array(size) : new Float32Array(size)
  let offset = 0
  for (const { data } of samples) {
    whole.set(data, offset)
    offset += data.length
  }
  const [name] = model.inputs
  if (name === undefined || model.inputs.length !== 1 || runner.outputNames.length !== 1) {
    throw new DataError({
      where: path,
      expected: 'must have one input and one output',
      given: { inputs: model.inputs, outputs: runner.outputNames },
    })
  }
  const { shape, data } = asInput(input, whole, rows, model.metadata.get(LAYOUT_KEY) === 'nchw')
  const dtype = data instanceof Uint8Array ? 'uint8' : 'float32'
  const feeds = { [name]: { shape, dtype, data } as const }
  const results = await runner.run(feeds).catch((cause: Error) => {
    if (!(cause instanceof EngineError)) throw cause
    throw new DataError({
      where: path,
      expected: `must take batches of samples of shape [${shape.slice(1).join(', ')}], as its metadata says`,
      hint: cause.hint,
      cause,
    })
  })
  const answers = answersOf(
    meaning,
    results[runner.outputNames[0]!]!.data as Float32Array,
    rows,
    path,
  )
  let at = 0
  return samples.flatMap(({ file, rows: count }) =>
    count === undefined
      ? [{ file, ...answers[at++]! }]
      : Array.from({ length: count }, (_, row) => ({ file, row: row + 1, ...answers[at++]! })),
  )
}

function asInput(
  input: InputEncoding,
  data: RawSamples['data'],
  rows: number,
  isChannelsFirst: boolean,
): { readonly shape: readonly number[]; readonly data: RawSamples['data'] } {
  if (input.kind === 'table') return { shape: [rows, data.length / rows], data }
  const { height, width } = input
  const channels = channelsTaken(input)
  if (!isChannelsFirst) return { shape: [rows, height, width, channels], data }
  return { shape: [rows, channels, height, width], data: toChannelsFirst(input, data) }
}

function show(predictions: readonly Prediction[], request: PredictRequest, output: Output): void {
  const isTable = predictions.some(({ row }) => row !== undefined)
  const [first] = predictions
  const names =
    first !== undefined && 'values' in first ? Object.keys(first.values ?? {}) : undefined
  const isClass = first !== undefined && 'class' in first
  const shares = first !== undefined && 'labels' in first ? Object.keys(first.probabilities) : []
  const labels = request.csv ? shares : ['labels']
  const head = [
    'file',
    ...(isTable ? ['row'] : []),
    ...(isClass ? ['class', 'probability'] : shares.length > 0 ? labels : (names ?? ['value'])),
  ]
  if (request.csv) {
    const lines = predictions.map((each) => csvLine([...placeOf(each, isTable), ...exactly(each)]))
    output.line([csvLine(head), ...lines].join('\n'))
    return
  }
  const others = isClass && request.top > 1 ? ['others'] : []
  const rows = predictions.map((each) => [
    ...placeOf(each, isTable),
    ...inWords(each),
    ...(others.length > 0 ? [othersOf(each, request.top)] : []),
  ])
  for (const line of formatTable([...head, ...others], rows)) output.line(line)
}

function placeOf({ file, row }: Prediction, isTable: boolean): string[] {
  return [file, ...(isTable ? [row === undefined ? '' : String(row)] : [])]
}

function exactly(answer: Prediction): CsvCell[] {
  if ('class' in answer) return [answer.class, Number(answer.probability.toPrecision(7))]
  const all = Object.values(
    'labels' in answer ? answer.probabilities : (answer.values ?? { value: answer.value }),
  )
  return all.map((value) => Number(value.toPrecision(7)))
}

function inWords(answer: Prediction): string[] {
  if ('class' in answer) return [answer.class, answer.probability.toFixed(3)]
  if ('labels' in answer) return [labelsInWords(answer)]
  return Object.values(answer.values ?? { value: answer.value }).map(formatMetric)
}

/** The next classes. */
function othersOf(answer: Prediction, top: number): string {
  if (!('class' in answer)) return ''
  return mostProbable(answer.probabilities)
    .filter(([name]) => name !== answer.class)
    .slice(0, top - 1)
    .map(([name, share]) => `${name} ${share.toFixed(3)}`)
    .join(', ')
}
