// Raw data as a model takes it, by what the model's file says. Loaded alone: nothing here loads TensorFlow.js.
import type { ImageEncoding, InputEncoding, TableEncoding } from '@ashlar/core/encoding'
import { DataError } from '@ashlar/errors'
import { BROKEN_HINT, BrokenPictureError } from '../images/broken-picture.ts'
import { imageDecoder } from '../images/decode-image.ts'
import { pictureExtensions } from '../images/formats.ts'
import { readCsv } from '../tables/read-csv.ts'
import { pictureNumbers, takenBytes } from './picture-numbers.ts'
import { tableNumbers } from './table-numbers.ts'
import { withHint } from './with-hint.ts'

export { cellAsNumbers } from '../streams/decoders/numbers.ts'
export { type TextCodec, textCodec } from '../streams/text-codec.ts'
export { readCsv, type Table } from '../tables/read-csv.ts'
export { type ConvertLimits, type PictureConverter, pictureConverter } from './convert-picture.ts'
export { type RawField, rawField, standsForItself } from './field.ts'
export { pictureNumbers, toChannelsFirst } from './picture-numbers.ts'
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
    const bytes = await decode(file).catch((error: unknown) => {
      throw error instanceof BrokenPictureError && error.hint === BROKEN_HINT
        ? withHint(error, 'Get the file again, or leave it out.')
        : error
    })
    if (!image.inGraph) return { file, data: pictureNumbers(image, bytes, invert) }
    return { file, data: takenBytes(image, invert ? bytes.map((byte) => 255 - byte) : bytes) }
  }
}

function tableReader(table: TableEncoding): (file: string) => Promise<RawSamples> {
  return async (file) => {
    const { delimiter, decimal, encoding: otherwise } = table
    const read = readCsv(file, { delimiter, decimal, otherwise })
    const missing = table.columns.filter(({ name }) => !read.columns.includes(name))
    if (missing.length > 0) {
      throw new DataError({
        where: file,
        expected: `must have the columns that the model was trained with; there is no ${missing.map(({ name }) => JSON.stringify(name)).join(', ')}`,
        given: read.columns,
      })
    }
    return { file, rows: read.rows.length, data: tableNumbers(table, read) }
  }
}
