// Raw data as a model takes it, by what the model's file says. Loaded alone: nothing here loads TensorFlow.js.
import type { ImageEncoding, InputEncoding, TableEncoding } from '@ashlar/core/encoding'
import { DataError } from '@ashlar/errors'
import { imageDecoder } from '../images/decode-image.ts'
import { pictureExtensions } from '../images/formats.ts'
import { encodeTable } from '../tables/encode.ts'
import { readCsv } from '../tables/read-csv.ts'

export { type TextCodec, textCodec } from '../streams/text-codec.ts'
export { pictureExtensions }

/** Samples that were made of one file. */
export interface RawSamples {
  readonly file: string
  /** Number of samples; undefined for a file that is one. */
  readonly rows?: number | undefined
  /** Row after row, as the model takes them, channels last: bytes for a model that makes samples of them itself. */
  readonly data: Float32Array | Uint8Array
}

/** How raw data is read besides. */
export interface RawOptions {
  /** Whether dark becomes light in pictures. */
  readonly invert?: boolean | undefined
}

/** Endings of the files that samples are made of, in lower case. */
export function rawExtensions({ kind }: InputEncoding): readonly string[] {
  return kind === 'image' ? pictureExtensions : ['.csv', '.tsv', '.txt']
}

/**
 * A reader of files that are made samples in the way that a model was trained with.
 *
 * @throws DataError by the reader for a file that is none of that kind or lacks a column, and when sharp is needed and not installed.
 */
export async function rawReader(
  input: InputEncoding,
  options: RawOptions = {},
): Promise<(file: string) => Promise<RawSamples>> {
  return input.kind === 'image' ? pictureReader(input, options) : tableReader(input)
}

async function pictureReader(
  image: ImageEncoding,
  { invert = false }: RawOptions,
): Promise<(file: string) => Promise<RawSamples>> {
  const decode = await imageDecoder(image)
  return async (file) => {
    const bytes = await decode(file)
    if (!image.inGraph) return { file, data: pictureNumbers(image, bytes, invert) }
    return { file, data: invert ? bytes.map((byte) => 255 - byte) : bytes }
  }
}

/** The bytes of a picture as numbers that a model takes: `(byte / 255 - mean) / std`. */
export function pictureNumbers(
  { channels, mean, std }: ImageEncoding,
  bytes: Uint8Array,
  invert: boolean = false,
): Float32Array {
  return Float32Array.from(bytes, (byte, place) => {
    const channel = place % channels
    const share = (invert ? 255 - byte : byte) / 255
    return (share - (mean?.[channel] ?? 0)) / (std?.[channel] ?? 1)
  })
}

/** Numbers of pictures in the order that some models take: one channel after the other. */
export function toChannelsFirst<Data extends RawSamples['data']>(
  input: InputEncoding,
  data: Data,
): Data {
  if (input.kind !== 'image') return data
  const { height, width, channels } = input
  const plane = height * width
  const turned = data.slice() as Data
  for (let at = 0; at < data.length; at++) {
    const sample = Math.floor(at / (plane * channels))
    const inside = at % (plane * channels)
    const channel = sample * channels + (inside % channels)
    turned[channel * plane + Math.floor(inside / channels)] = data[at]!
  }
  return turned
}

/** A table that the model scales itself is left as it is; what it fills is NaN. */
function asTaken(table: TableEncoding): TableEncoding {
  if (!table.inGraph) return table
  const columns = table.columns.map((column) =>
    column.kind === 'category'
      ? column
      : {
          kind: column.kind,
          name: column.name,
          ...(column.fill !== undefined && { fill: Number.NaN }),
        },
  )
  return { ...table, columns }
}

function tableReader(table: TableEncoding): (file: string) => Promise<RawSamples> {
  return async (file) => {
    const read = readCsv(file, { delimiter: table.delimiter })
    const missing = table.columns.filter(({ name }) => !read.columns.includes(name))
    if (missing.length > 0) {
      throw new DataError({
        where: file,
        expected: `must have the columns that the model was trained with; there is no ${missing.map(({ name }) => JSON.stringify(name)).join(', ')}`,
        given: read.columns,
      })
    }
    // What is large is rounded: whoever asks for a prediction gets one.
    return { file, rows: read.rows.length, data: encodeTable(read, asTaken(table), 'nearest') }
  }
}
