import { imageDecoder } from '@ashlar/datasets'
import { ConfigError } from '@ashlar/errors'
import { type ClassScore, type Client, createClient } from '@ashlar/serve'
import { formatMetric } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'

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
  readonly name: string
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
  readonly isChannelsFirst: boolean
}

/**
 * Sends pictures to a server and shows the classes that its model sees.
 *
 * @throws ConfigError when it is not clear which model is meant, or the model takes no pictures.
 * @throws DataError for a file that is no picture, and when sharp is not installed.
 * @throws EngineError when the server does not answer.
 */
export async function classifyPictures(
  files: readonly string[],
  flags: ClientFlags,
  output: Output,
): Promise<void> {
  const token = flags.token ?? process.env.ASHLAR_TOKEN
  const client = createClient({ url: flags.url, token })
  const model = flags.model ?? (await onlyModel(client))
  const input = await pictureInput(client, model)
  const decode = await imageDecoder({ ...input, fit: 'contain' })
  const width = Math.max(...files.map((file) => file.length))
  const answers: { file: string; classes: ClassScore[] }[] = []
  for (let first = 0; first < files.length; first += BATCH) {
    const batch = files.slice(first, first + BATCH)
    const pixels: Uint8Array[] = []
    for (const file of batch) pixels.push(await decode(file))
    const data = toNumbers(pixels, input, flags.invert ?? false)
    const shape = [batch.length, ...sizesOf(input)]
    const classes = await client.classify(model, { name: input.name, shape, data }, flags.top)
    for (const [index, file] of batch.entries()) {
      answers.push({ file, classes: classes[index]! })
      output.line(`${file.padEnd(width)}  ${classes[index]!.map(inWords).join('   ')}`)
    }
  }
  output.result({ model, answers })
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

async function pictureInput(client: Client, model: string): Promise<PictureInput> {
  const { inputs } = await client.metadata(model)
  const [{ name, datatype, shape } = { name: '', datatype: '', shape: [] }] = inputs
  const [, a = 0, b = 0, c = 0] = shape
  if (inputs.length === 1 && datatype === 'FP32' && shape.length === 4) {
    if (c === 1 || c === 3) {
      return { name, height: a, width: b, channels: c, isChannelsFirst: false }
    }
    if (a === 1 || a === 3) {
      return { name, height: b, width: c, channels: a, isChannelsFirst: true }
    }
  }
  throw new ConfigError({
    where: `model ${model}`,
    expected: 'must take pictures: one input of float32, [batch, height, width, 1 or 3]',
    given: inputs.map(({ datatype, shape }) => `${datatype} [${shape.join(', ')}]`).join('; '),
  })
}

function sizesOf({ height, width, channels, isChannelsFirst }: PictureInput): number[] {
  return isChannelsFirst ? [channels, height, width] : [height, width, channels]
}

/** Bytes `[height, width, channels]` of each picture as numbers from 0 to 1, in the order that the model takes. */
function toNumbers(
  pictures: readonly Uint8Array[],
  { height, width, channels, isChannelsFirst }: PictureInput,
  invert: boolean,
): Float32Array {
  const size = height * width * channels
  const plane = height * width
  const numbers = new Float32Array(pictures.length * size)
  for (const [index, pixels] of pictures.entries()) {
    for (const [place, pixel] of pixels.entries()) {
      const target = isChannelsFirst
        ? (place % channels) * plane + Math.floor(place / channels)
        : place
      numbers[index * size + target] = (invert ? 255 - pixel : pixel) / 255
    }
  }
  return numbers
}

function inWords({ index, label, value }: ClassScore): string {
  return `${label ?? index} ${formatMetric(value)}`
}
