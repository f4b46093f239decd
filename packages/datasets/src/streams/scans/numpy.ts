import { createHash } from 'node:crypto'
import { DataError } from '@ashlar/errors'
import type { Column } from '../column.ts'
import { readNpyHeader } from '../npy-header.ts'
import { ShardFiles } from '../shard-files.ts'
import { type NumpyPlan, numbersOf, numpyTypes } from '../stores/numpy.ts'
import { sharedFloat64, sharedUint32 } from '../texts.ts'
import { hashFile } from './hash-file.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** Numbers of labels that are read at a time. */
const BLOCK = 1 << 16

/** Finds the rows of arrays, and reads those of labels; `options.labels` names a file for each of `files`. */
export function scanNumpy({ files, options }: ScanRequest): Scanned {
  const { labels } = options as { labels: readonly string[] }
  const hash = createHash('sha256')
  const layouts = files.map(readNpyHeader)
  const [first] = layouts
  const inner = first!.shape.slice(1)
  for (const [at, { shape, type }] of layouts.entries()) {
    hashFile(hash, files[at]!)
    if (String(shape.slice(1)) === String(inner) && type === first!.type) continue
    throw new DataError({
      where: files[at]!,
      expected: `must have samples of the shape [${inner.join(', ')}] and the type ${first!.type}, as ${files[0]} has`,
      given: `[${shape.slice(1).join(', ')}] ${type}`,
    })
  }
  const numbers: number[] = []
  for (const [at, path] of labels.entries()) {
    const layout = readNpyHeader(path)
    hashFile(hash, path)
    const length = layouts[at]!.shape[0]!
    const size = layout.shape.reduce((product, dim) => product * dim, 1)
    if (layout.shape[0] !== length || size !== length) {
      throw new DataError({
        where: path,
        expected: `must have a label for each of the ${length} samples of ${files[at]}, [${length}]`,
        given: `[${layout.shape.join(', ')}]`,
      })
    }
    const shard = new ShardFiles([path])
    const { bytes } = numpyTypes[layout.type]!
    for (let start = 0; start < length; start += BLOCK) {
      const count = Math.min(BLOCK, length - start)
      const read = shard.read(0, layout.offset + start * bytes, count * bytes)
      for (const number of numbersOf(read, layout.type, layout.littleEndian)) numbers.push(number)
    }
  }
  const perFile = layouts.map(({ shape }) => shape[0]!)
  const length = perFile.reduce((sum, rows) => sum + rows, 0)
  const fileOf = new Uint32Array(new SharedArrayBuffer(4 * length))
  let filled = 0
  for (const [at, rows] of perFile.entries()) {
    fileOf.fill(at, filled, filled + rows)
    filled += rows
  }
  const store: NumpyPlan = {
    kind: 'numpy',
    paths: files,
    counted: { unit: 'row', first: 0 },
    layouts,
    files: fileOf,
    width: inner.reduce((product, dim) => product * dim, 1),
  }
  const label: Column = {
    codes: sharedUint32(numbers),
    names: [],
    numbers: sharedFloat64(numbers),
  }
  return {
    length,
    store,
    columns: { label },
    perFile,
    digest: hash.digest('hex'),
    facts: { shape: inner, type: first!.type },
  }
}
