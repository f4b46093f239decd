import { createHash, randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { batchBuffers, type DatasetInfo, type SampleData } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { datasetCacheFolder } from '../files/cache-folder.ts'
import { reasonOf } from '../files/read-file.ts'
import { ReaderPool } from './pool.ts'
import { scanNow } from './scan-now.ts'
import type { NumpyPlan } from './stores/numpy.ts'
import { placeOfRow } from './stores/places.ts'
import type { StreamedParts } from './streamed-splits.ts'
import { sharedUint32 } from './texts.ts'

/** Samples that are decoded together. */
const GROUP = 256

type Parts = Omit<StreamedParts, 'plan'>

/**
 * The same samples from a file of decoded ones in the cache folder: an array of NumPy with a file of its SHA-256 beside it. It is made once for the same data and the same decoding, beside
 * its place and then renamed, so that two processes do each other no harm; one that is damaged is made again.
 *
 * @throws DataError for what cannot be decoded: nothing is kept then.
 */
export async function cachedDecoded(info: DatasetInfo, parts: Parts): Promise<Parts> {
  const { scanned, decode } = parts
  const key = createHash('sha256')
    .update(JSON.stringify([scanned.digest, decode, info.inputShape, info.inputDtype]))
    .digest('hex')
  const path = join(datasetCacheFolder('decoded'), `${key}.npy`)
  const offset = headerOf(info, scanned.length).length
  if (!isWhole(path)) await write(path, info, parts)
  const store: NumpyPlan = {
    kind: 'numpy',
    paths: [path],
    counted: { unit: 'row', first: 0 },
    layouts: [
      {
        type: info.inputDtype === 'uint8' ? 'u1' : 'f4',
        littleEndian: true,
        shape: [scanned.length, ...info.inputShape],
        offset,
      },
    ],
    files: sharedUint32(new Uint32Array(scanned.length)),
    width: info.inputShape.reduce((product, dim) => product * dim, 1),
  }
  return {
    ...parts,
    scanned: { ...scanned, store },
    decode: { kind: 'numbers', size: store.width } as { readonly kind: string },
  }
}

function isWhole(path: string): boolean {
  if (!existsSync(path) || !existsSync(digestFile(path))) return false
  const found = scanNow({ kind: 'whole', files: [path, digestFile(path)], columns: [] })
  return found.facts?.isWhole === true
}

function digestFile(path: string): string {
  return `${path}.sha256`
}

async function write(path: string, info: DatasetInfo, parts: Parts): Promise<void> {
  const { scanned, decode, chosen } = parts
  const { store, length } = scanned
  const pool = new ReaderPool(
    { store, decode },
    {
      threads: chosen.threads,
      where: (row) => placeOfRow(store, row),
    },
  )
  const part = `${path}.${randomUUID()}.part`
  const hash = createHash('sha256')
  try {
    mkdirSync(dirname(path), { recursive: true })
    const file = openSync(part, 'wx')
    const put = (bytes: Uint8Array) => {
      hash.update(bytes)
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    }
    try {
      put(headerOf(info, length))
      const dtypes = { inputs: info.inputDtype, labels: 'uint8' } as const
      const into = batchBuffers({ dtypes }, { inputShape: info.inputShape, labelShape: [] }, GROUP)
      for (let start = 0; start < length; start += GROUP) {
        const rows = Uint32Array.from(
          { length: Math.min(GROUP, length - start) },
          (_, at) => start + at,
        )
        await pool.read(rows, into)
        const inputs = into.inputs as SampleData
        const size = (inputs.byteLength / GROUP) * rows.length
        // A copy: what is shared cannot be hashed.
        put(new Uint8Array(inputs.buffer, inputs.byteOffset, size).slice())
      }
    } finally {
      closeSync(file)
    }
    const sum = `${part}.sha256`
    writeFileSync(sum, hash.digest('hex'))
    renameSync(part, path)
    renameSync(sum, digestFile(path))
  } catch (cause) {
    rmSync(part, { force: true })
    rmSync(`${part}.sha256`, { force: true })
    if (cause instanceof DataError) throw cause
    throw new DataError({
      where: path,
      expected: `must be writable (${reasonOf(cause)})`,
      hint: 'Make room or allow writing there, or set ASHLAR_HOME to another folder.',
      cause,
    })
  } finally {
    await pool.close()
  }
}

/** What a .npy file begins with (NumPy's format 1.0). */
function headerOf({ inputShape, inputDtype }: DatasetInfo, length: number): Buffer {
  const descr = inputDtype === 'uint8' ? '|u1' : '<f4'
  const shape = [length, ...inputShape].join(', ')
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`
  const size = 64 * Math.ceil((10 + text.length + 1) / 64)
  const header = Buffer.alloc(size, ' ')
  header.write('\x93NUMPY\x01\x00', 'latin1')
  header.writeUInt16LE(size - 10, 8)
  header.write(text, 10, 'latin1')
  header.write('\n', size - 1, 'latin1')
  return header
}
