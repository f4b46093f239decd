import { createHash, type Hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  areNamed,
  type BatchBuffers,
  type BatchDtype,
  batchBuffers,
  type DatasetInfo,
  fieldsOf,
  type SampleData,
  sizeOfShape,
} from '@ashlar/core'
import { datasetCacheFolder } from '../files/cache-folder.ts'
import { FileBeside, writeBeside } from '../files/write-beside.ts'
import { dtypesOf, type LabelDtypes } from './batch-fields.ts'
import type { FieldPart, FieldsPlan } from './decoders/fields.ts'
import type { NumbersPlan } from './decoders/numbers.ts'
import { placelessPlan } from './placeless-plan.ts'
import { ReaderPool } from './pool.ts'
import type { DecodePlan, ReaderPlan } from './reader.ts'
import type { ReadingOptions } from './record-options.ts'
import { scanNow } from './scan-now.ts'
import type { Scanned } from './scans/scan.ts'
import type { ArraysPlan } from './stores/arrays.ts'
import type { NumpyPlan } from './stores/numpy.ts'
import { placeOfRow } from './stores/places.ts'
import { sharedUint32 } from './texts.ts'

/** Samples that are decoded together. */
const GROUP = 256

/** What is decoded. */
export interface Undecoded extends LabelDtypes {
  readonly scanned: Scanned
  readonly decode: DecodePlan
  /** Of what records name and their scan has not read. */
  readonly named?: string | undefined
  readonly chosen: ReadingOptions
  /** Rows that are not asked for, as they cannot be decoded; there is anything in their places. */
  readonly broken?: readonly number[] | undefined
}

/** A field of samples, and the file of its numbers. */
interface Cached extends Pick<FieldPart, 'role' | 'name'> {
  readonly path: string
  readonly dtype: BatchDtype
  readonly shape: readonly number[]
}

/**
 * The same samples from files of decoded ones in the cache folder: an array of NumPy for each field that is read, with a file of its SHA-256 beside it. They are made once for the same data and the same
 * decoding, beside their places and then renamed, so that two processes do each other no harm; what is damaged or half there is made again.
 *
 * @returns how threads read the decoded samples.
 * @throws DataError for what cannot be decoded: nothing is kept then.
 */
export async function cachedDecoded(info: DatasetInfo, undecoded: Undecoded): Promise<ReaderPlan> {
  const { length } = undecoded.scanned
  const fields = fieldsToCache(info, undecoded)
  if (!fields.every(({ path }) => isWhole(path))) await write(fields, info, undecoded)
  const names = fields.map((_, at) => String(at))
  const files = sharedUint32(new Uint32Array(length))
  const arrays = fields.map((field): NumpyPlan => {
    const { path, dtype, shape } = field
    const offset = headerOf(field, length).length
    const layout = { type: TYPES[dtype], littleEndian: true, shape: [length, ...shape], offset }
    return {
      ...{ kind: 'numpy', paths: [path], counted: { unit: 'row', first: 0 }, files },
      ...{ layouts: [layout], width: sizeOfShape(shape) },
    }
  })
  const store: ArraysPlan = {
    ...{ kind: 'arrays', paths: [fields[0]!.path], counted: { unit: 'row', first: 0 }, files },
    arrays: Object.fromEntries(arrays.map((array, at) => [names[at]!, array])),
  }
  const parts = fields.map(({ role, name }, at): FieldPart => {
    const { width: size } = arrays[at]!
    const plan: NumbersPlan = { kind: 'numbers', fields: [names[at]!], size, isArray: true }
    return { role, name, plan }
  })
  return { store, decode: { kind: 'fields', parts } as FieldsPlan }
}

/** NumPy's names of what numbers are stored as. */
const TYPES: Readonly<Record<BatchDtype, string>> = { uint8: 'u1', int32: 'i4', float32: 'f4' }

/** The fields that decoding writes, and their files: those of other data or of another decoding have other names. */
function fieldsToCache(info: DatasetInfo, undecoded: Undecoded): Cached[] {
  const { scanned, decode, named, broken } = undecoded
  const only: Pick<FieldPart, 'role' | 'name'> = { role: 'inputs', name: undefined }
  const parts = decode.kind === 'fields' ? (decode as FieldsPlan).parts : [only]
  const fields = fieldsOf(info)
  const dtypes = dtypesOf(info, undecoded)
  const found = parts.map(({ role, name }) => {
    const all = role === 'inputs' ? fields.inputs : fields.outputs
    const { shape } = all.find((field) => field.name === name)!
    const of = dtypes[role]
    return { role, name, shape, dtype: typeof of === 'string' ? of : of[name!]! }
  })
  const key = createHash('sha256')
    .update(
      JSON.stringify([
        scanned.digest,
        named,
        placelessPlan(decode),
        found,
        ...(broken ? [broken] : []),
      ]),
    )
    .digest('hex')
  const folder = datasetCacheFolder('decoded')
  return found.map((field, at) => ({ ...field, path: join(folder, `${key}-${at}.npy`) }))
}

function isWhole(path: string): boolean {
  if (!existsSync(path) || !existsSync(digestFile(path))) return false
  const found = scanNow({ kind: 'whole', files: [path, digestFile(path)], columns: [] })
  return found.facts?.isWhole === true
}

function digestFile(path: string): string {
  return `${path}.sha256`
}

async function write(
  fields: readonly Cached[],
  info: DatasetInfo,
  undecoded: Undecoded,
): Promise<void> {
  const { scanned, decode, chosen } = undecoded
  const { store, length, chunks, packedBytes } = scanned
  const broken = new Set(undecoded.broken)
  let sound = 0
  while (broken.has(sound)) sound++
  const pool = new ReaderPool(
    { store, decode },
    {
      ...{ threads: chosen.threads, packedBytes },
      ...(chunks && { chunkOf: (row: number) => chunks[row]! }),
      where: (row) => placeOfRow(store, row),
    },
  )
  const files: CacheFile[] = []
  try {
    for (const field of fields) files.push(new CacheFile(field.path, headerOf(field, length)))
    const into = batchBuffers({ dtypes: dtypesOf(info, undecoded) }, info, GROUP)
    for (let start = 0; start < length; start += GROUP) {
      const count = Math.min(GROUP, length - start)
      await pool.read(
        Uint32Array.from({ length: count }, (_, at) =>
          broken.has(start + at) ? sound : start + at,
        ),
        into,
      )
      for (const [at, field] of fields.entries()) files[at]!.put(bytesIn(into, field, count))
    }
    for (const file of files) file.keep()
  } catch (cause) {
    for (const file of files) file.drop()
    throw cause
  } finally {
    await pool.close()
  }
}

/** The first samples of a field, as bytes of their own: what is shared cannot be hashed. */
function bytesIn(into: BatchBuffers, { role, name, shape }: Cached, count: number): Uint8Array {
  const of = into[role]
  const data = (areNamed(of) ? of[name!] : of) as SampleData
  const size = count * sizeOfShape(shape) * data.BYTES_PER_ELEMENT
  return new Uint8Array(data.buffer, data.byteOffset, size).slice()
}

/** A file that is written beside its place, and then its digest. */
class CacheFile {
  readonly #path: string
  readonly #file: FileBeside
  readonly #hash: Hash = createHash('sha256')

  constructor(path: string, header: Buffer) {
    this.#path = path
    this.#file = new FileBeside(path)
    this.put(header)
  }

  put(bytes: Uint8Array): void {
    this.#hash.update(bytes)
    this.#file.put(bytes)
  }

  /** Its place is taken by what was written. */
  keep(): void {
    this.#file.keep()
    writeBeside(digestFile(this.#path), Buffer.from(this.#hash.digest('hex')))
  }

  drop(): void {
    this.#file.drop()
  }
}

/** What a .npy file begins with (NumPy's format 1.0). */
function headerOf({ shape, dtype }: Cached, length: number): Buffer {
  const descr = `${dtype === 'uint8' ? '|' : '<'}${TYPES[dtype]}`
  const all = [length, ...shape]
  const dims = all.length === 1 ? `${all[0]},` : all.join(', ')
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`
  const size = 64 * Math.ceil((10 + text.length + 1) / 64)
  const header = Buffer.alloc(size, ' ')
  header.write('\x93NUMPY\x01\x00', 'latin1')
  header.writeUInt16LE(size - 10, 8)
  header.write(text, 10, 'latin1')
  header.write('\n', size - 1, 'latin1')
  return header
}
