import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'
import { checkExternal, ExternalError } from './external.ts'
import { ScanError, type ScannedModel, scanModel } from './scan.ts'
import { TensorError } from './tensor.ts'
import { WireError } from './wire.ts'

/** A file that may be given to a decoder and a runtime. */
export interface InspectedModel extends ScannedModel {
  readonly bytes: Uint8Array
  /** Bytes of the file and of those beside it. */
  readonly size: number
}

/** The key under which a file says which axis of all its inputs and outputs is the batch, so that requests may be put together: `0`. */
export const BATCH_KEY = 'ashlar.batch'

/** The key under which a file says how its images lie: `nhwc` or `nchw`. */
export const LAYOUT_KEY = 'ashlar.layout'

/** Protobuf ends here. */
const LARGEST = 2 ** 31 - 1

/** Beginnings of files that are often taken for a model, or come from a failed download. */
const OTHERS: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['a ZIP archive', [0x50, 0x4b, 0x03, 0x04]],
  ['a JPEG image', [0xff, 0xd8, 0xff]],
  ['a gzip archive', [0x1f, 0x8b]],
  ['an HDF5 file', [0x89, 0x48, 0x44, 0x46]],
  ['a web page', [0x3c, 0x21]],
  ['a JSON document', [0x7b]],
  ['a pointer of Git LFS', [0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x20]],
]

/**
 * Reads a model file that may come from anybody, and checks it before a decoder or a runtime sees it: its time and memory are those of reading it once.
 *
 * @throws DataError that says what is wrong with it.
 */
export async function inspectFile(path: string): Promise<InspectedModel> {
  return inspectBytes(path, await read(path))
}

/** The same at once, for whoever makes a model where nothing can be waited for. */
export function inspectFileSync(path: string): InspectedModel {
  return inspectBytes(path, readSync(path))
}

function inspectBytes(path: string, bytes: Uint8Array): InspectedModel {
  const refuse = (reason: string, cause?: unknown) =>
    new DataError({ where: path, expected: 'must be an ONNX model', hint: `${reason}.`, cause })
  if (bytes.length === 0) throw refuse('It is empty; its download or copy may have been cut off')
  const other = OTHERS.find(([, start]) => start.every((byte, index) => bytes[index] === byte))
  if (other !== undefined) throw refuse(`It is ${other[0]}`)
  try {
    const scanned = scanModel(bytes)
    const beside = checkExternal(path, scanned.external)
    return { ...scanned, bytes, size: bytes.length + beside }
  } catch (error) {
    if (error instanceof WireError) {
      throw refuse(`It is damaged, or something else: ${error.message}`, error)
    }
    const isKnown =
      error instanceof ScanError || error instanceof TensorError || error instanceof ExternalError
    if (isKnown) throw refuse(capital(error.message), error)
    throw error
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

async function read(path: string): Promise<Uint8Array> {
  const file = await open(path, FLAGS).catch((cause: Error) => {
    throw unreadable(path, cause)
  })
  try {
    checkFile(path, await file.stat())
    return await file.readFile()
  } finally {
    await file.close()
  }
}

function readSync(path: string): Uint8Array {
  let file: number
  try {
    file = openSync(path, FLAGS)
  } catch (cause) {
    throw unreadable(path, cause as Error)
  }
  try {
    checkFile(path, fstatSync(file))
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

function unreadable(path: string, cause: Error): DataError {
  return new DataError({
    where: path,
    expected: 'the file must be readable',
    given: cause.message,
    cause,
  })
}

function checkFile(path: string, found: Stats): void {
  if (!found.isFile()) throw new DataError({ where: path, expected: 'must be a plain file' })
  if (found.size > LARGEST) {
    throw new DataError({
      where: path,
      expected: 'a model file must be smaller than 2 GiB',
      given: `${found.size} bytes`,
    })
  }
}
