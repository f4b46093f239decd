import { readFileSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { DataError } from '@ashlar/errors'
import { unreadable } from '../../files/read-file.ts'
import { bytesDecoder, type ImageSize } from '../../images/decode-image.ts'
import { fieldIn } from '../field-in.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'

/** A picture of one size. */
export interface PicturePlan extends DecodePlan {
  readonly kind: 'picture'
  /** The record's field; left out, the record is the picture's bytes. */
  readonly field?: string | undefined
  /** Where files begin that a record names, see {@link pictureDecoder}. */
  readonly folder?: string | undefined
  readonly size: ImageSize
}

/**
 * Pictures as bytes, as Hugging Face's `{ bytes, path }`, as base64 (`data:...;base64,`), or by the path of a file within the folder of the data.
 *
 * @throws DataError for what is no picture, for a path that leads out of the folder, by its name or by links, and for what is no plain file.
 */
export async function pictureDecoder(plan: PicturePlan): Promise<RecordDecoder> {
  const { field, folder, size } = plan
  const decode = await bytesDecoder(size, { threads: 1 })
  const width = size.height * size.width * size.channels
  const put = (pixels: Uint8Array, to: { place: number; into: { inputs: ArrayLike<number> } }) =>
    (to.into.inputs as Uint8Array).set(pixels, to.place * width)
  return (record, to) => {
    const { where } = to
    const value = field === undefined ? record : fieldIn(record, field, where)
    const bytes = bytesOf(value, where, field, folder && (to.folder ?? folder))
    const pixels = decode(bytes, where)
    return pixels instanceof Promise ? pixels.then((done) => put(done, to)) : put(pixels, to)
  }
}

/** See {@link pictureDecoder}. */
export function bytesOf(
  value: unknown,
  where: string,
  field: string | undefined,
  folder: string | undefined,
): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  if (typeof value === 'object' && value !== null && 'bytes' in value) {
    const { bytes } = value
    if (bytes instanceof Uint8Array || typeof bytes === 'string') {
      return bytesOf(bytes, where, field, folder)
    }
  }
  if (typeof value === 'string') {
    const encoded = /^data:[^,]*;base64,/.exec(value)
    if (encoded !== null) return Buffer.from(value.slice(encoded[0].length), 'base64')
    if (folder !== undefined) return fileWithin(folder, value, where)
  }
  throw new DataError({
    where: field === undefined ? where : `${where}, ${JSON.stringify(field)}`,
    expected:
      'must be a picture: bytes, `{ bytes }`, or a text in base64 or with the path of a file',
    given: value,
    hint: 'Say which field is the picture by `input`.',
  })
}

/** The bytes of the file that a value names; undefined for one that names none, or none that can be read: whoever decodes it says so. */
export function namedFile(value: unknown, folder: string): Buffer | undefined {
  if (typeof value !== 'string' || value.startsWith('data:')) return undefined
  try {
    return fileWithin(folder, value, '')
  } catch {
    return undefined
  }
}

/** What comes from somebody else's file reads nothing beyond its own folder. */
function fileWithin(folder: string, name: string, where: string): Buffer {
  const path = resolve(folder, name)
  const refuse = (expected: string) => new DataError({ where, expected, given: name })
  const staysWithin = `the path of a picture must stay within ${folder}`
  if (!isWithin(resolve(folder), path)) throw refuse(staysWithin)
  try {
    // Links of an unpacked archive lead anywhere, and a pipe would be waited for.
    const real = realpathSync(path)
    if (!isWithin(realpathSync(folder), real)) throw refuse(staysWithin)
    if (!statSync(real).isFile()) throw refuse('a picture must be a plain file')
    return readFileSync(real)
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw unreadable(path, cause)
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
