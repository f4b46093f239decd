import { extname } from 'node:path'
import { type Answer, answersOf, mostProbable } from '@ashlar/core/answers'
import {
  channelsTaken,
  type Encodings,
  INPUT_KEY,
  type InputEncoding,
  type OutputEncoding,
  readEncodings,
  widthOfEncoding,
} from '@ashlar/core/encoding'
import { type RawSamples, rawExtensions, rawReader, toChannelsFirst } from '@ashlar/datasets/raw'
import { ConfigError } from '@ashlar/errors'
import { type ClassScore, type Client, createClient, type ModelMetadata } from '@ashlar/serve'
import { formatMetric } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { servedMetadata, servedRunner } from './client-fields.ts'
import { findFiles } from './find-files.ts'
import { JSON_LINES } from './json-lines.ts'
import { labelsInWords } from './labels-in-words.ts'
import { type FailedFile, readEach, tellFailed } from './read-each.ts'

/** What a sample is told to be. */
interface Told {
  readonly classes: readonly ClassScore[]
  /** Of several that may be right, those that are. */
  readonly labels?: readonly string[]
}

/** How pictures are sent. */
export interface ClientFlags {
  readonly url: string
  readonly model?: string | undefined
  readonly top: number
  /** Whether dark becomes light. */
  readonly invert?: boolean | undefined
  readonly token?: string | undefined
}

/** Pictures in one request; servers take batches up to a size. */
const BATCH = 32

/** What a model takes, when that is pictures. */
interface PictureInput {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
  readonly isChannelsFirst: boolean
}

/**
 * Sends pictures, the rows of tables, or samples of named fields, to a server and shows what its model says of them. They are made samples as the model's file says; of a model that
 * says nothing, whole pictures are sent.
 *
 * @param given files, folders and patterns.
 * @returns how many of several files could not be read: they are listed, and the others are answered.
 * @throws ConfigError when it is not clear which model is meant, or the model takes no pictures.
 * @throws DataError for a single file that is no picture, and when sharp is not installed.
 * @throws EngineError when the server does not answer.
 */
export async function classifyPictures(
  given: readonly string[],
  flags: ClientFlags,
  output: Output,
): Promise<number> {
  const token = flags.token ?? process.env.ASHLAR_TOKEN
  const client = createClient({ url: flags.url, token })
  const model = flags.model ?? (await onlyModel(client))
  const metadata = await client.metadata(model)
  if (asksByField(metadata, given)) {
    const { predictFieldsWith, showFields } = await import('./predict-fields.ts')
    const said = servedMetadata(model, metadata)
    const runner = servedRunner(client, model, metadata)
    const found = await predictFieldsWith(`model ${model}`, runner, said, given)
    const { predictions, failed, total } = found
    showFields(predictions, {}, output)
    tellFailed(failed, total, output)
    output.result({ model, predictions, failed })
    return failed.length
  }
  const taken = pictureInput(model, metadata)
  const { input = asPictures(taken), output: meaning } = encodingsOf(model, metadata)
  const files = await findFiles(given, rawExtensions(input))
  const read = await rawReader(input, flags)
  const width = Math.max(...files.map((file) => file.length))
  const answers: ({ file: string; row?: number } & Told)[] = []
  const ask = async (samples: readonly RawSamples[]): Promise<(Told & { words: string })[]> => {
    const numbers = samples.map(({ data }) => data)
    const rows = samples.reduce((sum, each) => sum + (each.rows ?? 1), 0)
    const shape = [rows, ...shapeOf(input, taken)]
    const data = arrange(numbers, taken?.isChannelsFirst ? input : undefined)
    const tensor = { name: metadata.inputs[0]!.name, shape, data }
    if (meaning === undefined) {
      const found = await client.classify(model, tensor, flags.top)
      return found.map((classes) => ({ classes, words: scoresInWords(classes) }))
    }
    const found = answersOf(meaning, await client.infer(model, tensor), rows, `model ${model}`)
    return found.map((answer) => {
      const classes = scoresOf(answer, meaning, flags.top)
      if (!('labels' in answer)) return { classes, words: scoresInWords(classes) }
      return { classes, labels: answer.labels, words: labelsInWords(answer) }
    })
  }
  const answer = async (samples: readonly RawSamples[]) => {
    const found = await ask(samples)
    let at = 0
    for (const { file, rows } of samples) {
      for (let row = 1; row <= (rows ?? 1); row++) {
        const { words, ...told } = found[at++]!
        answers.push({ file, ...(rows !== undefined && { row }), ...told })
        const place = rows === undefined ? file.padEnd(width) : `${file}, row ${row}`
        output.line(`${place}  ${words}`)
      }
    }
  }
  const failed: FailedFile[] = []
  let batch: RawSamples[] = []
  for await (const samples of readEach(files, read, failed)) {
    batch.push(samples)
    if (batch.length < BATCH) continue
    await answer(batch)
    batch = []
  }
  if (batch.length > 0) await answer(batch)
  tellFailed(failed, files.length, output)
  output.result({ model, answers, failed })
  return failed.length
}

/** Whether samples are named fields: of a model of several inputs, and of files that hold such. */
function asksByField({ inputs }: ModelMetadata, files: readonly string[]): boolean {
  return (
    inputs.length > 1 || files.every((file) => JSON_LINES.includes(extname(file).toLowerCase()))
  )
}

/** How the model's data is made, as its file says; nothing for servers and files that do not. */
function encodingsOf(model: string, { properties = {} }: ModelMetadata): Encodings {
  return readEncodings(new Map(Object.entries(properties)), `model ${model}`)
}

/** Of a model that says nothing: whole pictures. */
function asPictures(taken: PictureInput | undefined): InputEncoding {
  const { height, width, channels } = taken!
  return { kind: 'image', height, width, channels, fit: 'contain' }
}

function scoresInWords(scores: readonly ClassScore[]): string {
  return scores.map(inWords).join('   ')
}

function scoresOf(answer: Answer, meaning: OutputEncoding, top: number): ClassScore[] {
  if ('value' in answer) {
    const values = Object.entries(answer.values ?? { value: answer.value })
    return values.map(([label, value], index) => ({ index, label, value }))
  }
  const classes = meaning.task === 'regression' ? [] : meaning.classes
  return mostProbable(answer.probabilities)
    .slice(0, top)
    .map(([label, value]) => ({ index: classes.indexOf(label), label, value }))
}

function shapeOf(input: InputEncoding, taken: PictureInput | undefined): number[] {
  if (input.kind === 'table') return [widthOfEncoding(input)]
  const { height, width } = input
  const channels = channelsTaken(input)
  return taken?.isChannelsFirst ? [channels, height, width] : [height, width, channels]
}

async function onlyModel(client: Client): Promise<string> {
  const names = await client.models()
  if (names.length === 1) return names[0]!
  throw new ConfigError({
    where: 'ashlar client',
    expected: '--model must say which model is meant',
    hint: names.length === 0 ? 'The server has none that is ready.' : `It has ${names.join(', ')}.`,
  })
}

/**
 * What a model takes, when that is pictures; undefined for one that says what else it takes.
 *
 * @throws ConfigError for one that does not.
 */
function pictureInput(
  model: string,
  { inputs, properties }: ModelMetadata,
): PictureInput | undefined {
  const [{ datatype, shape } = { datatype: '', shape: [] }] = inputs
  const [, a = 0, b = 0, c = 0] = shape
  if (inputs.length === 1 && /^(FP32|UINT8)$/.test(datatype) && shape.length === 4) {
    if (c === 1 || c === 3) return { height: a, width: b, channels: c, isChannelsFirst: false }
    if (a === 1 || a === 3) return { height: b, width: c, channels: a, isChannelsFirst: true }
  }
  if (inputs.length === 1 && properties?.[INPUT_KEY] !== undefined) return undefined
  throw new ConfigError({
    where: `model ${model}`,
    expected: 'must take pictures: one input of float32, [batch, height, width, 1 or 3]',
    hint: `Others take files of JSON lines (${JSON_LINES.join(', ')}), with a field for each input.`,
    given: inputs.map(({ datatype, shape }) => `${datatype} [${shape.join(', ')}]`).join('; '),
  })
}

/** Samples one after the other; of pictures whose channels come first, in that order. */
function arrange(
  samples: readonly RawSamples['data'][],
  channelsFirst: InputEncoding | undefined,
): RawSamples['data'] {
  const size = samples.reduce((sum, { length }) => sum + length, 0)
  const whole = samples[0] instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size)
  let offset = 0
  for (const numbers of samples) {
    whole.set(channelsFirst ? toChannelsFirst(channelsFirst, numbers) : numbers, offset)
    offset += numbers.length
  }
  return whole
}

function inWords({ index, label, value }: ClassScore): string {
  return `${label ?? index} ${formatMetric(value)}`
}
