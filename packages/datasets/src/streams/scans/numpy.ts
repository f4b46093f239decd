import { createHash } from 'node:crypto'
import { ConfigError, DataError } from '@ashlar/errors'
import { gathered, gatherersOf } from '../gather-columns.ts'
import { readNpyHeader } from '../npy-header.ts'
import { ShardFiles } from '../shard-files.ts'
import type { ArraysPlan } from '../stores/arrays.ts'
import { type NumpyLayout, type NumpyPlan, numbersOf, numpyTypes } from '../stores/numpy.ts'
import { hashFile } from './hash-file.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** Numbers that are read at a time. */
const BLOCK = 1 << 16

/** An array of each sample. */
export interface NamedArray {
  /** What the field of a record is called. */
  readonly name: string
  /** A file for each split, in their order. */
  readonly files: readonly string[]
  /** Whether its numbers are classes, and what those are called. */
  readonly classes?: readonly string[] | 'numbered' | undefined
}

/** Finds the rows of arrays that go side by side, and reads those that are held in memory. The first says how many rows there are. */
export function scanNumpy({ columns, options }: ScanRequest): Scanned {
  const { arrays } = options as unknown as { readonly arrays: readonly NamedArray[] }
  const hash = createHash('sha256')
  const [first] = arrays as readonly [NamedArray]
  const opened = arrays.map(({ files }) => files.map(readNpyHeader))
  const perFile = opened[0]!.map(({ shape }) => shape[0]!)
  const files = rowsOf(perFile)
  const isHeld = (name: string) => columns.some(({ field }) => field === name)
  for (const [at, array] of arrays.entries()) {
    for (const file of array.files) hashFile(hash, file)
    requireRows(array, opened[at]!, { perFile, beside: first.files, isHeld: isHeld(array.name) })
  }
  const gatherers = gatherersOf(columns, options)
  const labels: Record<string, readonly string[]> = {}
  for (const [each, { field, asNumbers }] of columns.entries()) {
    const at = arrays.findIndex(({ name }) => name === field)
    const { files, classes } = arrays[at]!
    let count = 0
    for (const [file, path] of files.entries()) {
      let row = 0
      for (const number of numbersIn(path, opened[at]![file]!)) {
        if (!asNumbers) count = Math.max(count, 1 + classIn(number, path))
        gatherers[each]!.add(number, `${path}, row ${row++}`)
      }
    }
    if (!asNumbers) labels[field] = classNames(classes, count)
  }
  const stores = arrays.map(
    ({ files: paths }, at): NumpyPlan => ({
      ...{ kind: 'numpy', paths, counted: { unit: 'row', first: 0 }, files },
      layouts: opened[at]!,
      width: sizeOf(opened[at]![0]!.shape.slice(1)),
    }),
  )
  const store: ArraysPlan = {
    ...{ kind: 'arrays', paths: first.files, counted: { unit: 'row', first: 0 }, files },
    arrays: Object.fromEntries(arrays.map(({ name }, at) => [name, stores[at]!])),
  }
  return {
    length: files.length,
    store,
    columns: gathered(columns, gatherers),
    perFile,
    digest: hash.digest('hex'),
    facts: { labels },
  }
}

/** The split of each row. */
function rowsOf(perFile: readonly number[]): Uint32Array {
  const length = perFile.reduce((sum, rows) => sum + rows, 0)
  const files = new Uint32Array(new SharedArrayBuffer(4 * length))
  let filled = 0
  for (const [at, rows] of perFile.entries()) {
    files.fill(at, filled, filled + rows)
    filled += rows
  }
  return files
}

function requireRows(
  { files }: NamedArray,
  layouts: readonly NumpyLayout[],
  to: {
    readonly perFile: readonly number[]
    readonly beside: readonly string[]
    readonly isHeld: boolean
  },
): void {
  const [{ shape: first, type }] = layouts as [NumpyLayout]
  const inner = first.slice(1)
  for (const [at, layout] of layouts.entries()) {
    const rows = to.perFile[at]!
    const given = `[${layout.shape.join(', ')}]`
    const isOne = !to.isHeld || sizeOf(layout.shape) === layout.shape[0]
    if (layout.shape[0] !== rows || !isOne) {
      throw new DataError({
        where: files[at]!,
        expected: `must have a ${to.isHeld ? 'label' : 'row'} for each of the ${rows} samples of ${to.beside[at]}, [${rows}${to.isHeld ? '' : ', ...'}]`,
        given,
      })
    }
    const isAlike = String(layout.shape.slice(1)) === String(inner) && layout.type === type
    if (to.isHeld || isAlike) continue
    throw new DataError({
      where: files[at]!,
      expected: `must have samples of the shape [${inner.join(', ')}] and the type ${type}, as ${files[0]} has`,
      given: `[${layout.shape.slice(1).join(', ')}] ${layout.type}`,
    })
  }
}

function* numbersIn(
  path: string,
  { shape, type, offset, littleEndian }: NumpyLayout,
): Generator<number, void, undefined> {
  const shard = new ShardFiles([path])
  const { bytes } = numpyTypes[type]!
  const length = sizeOf(shape)
  for (let start = 0; start < length; start += BLOCK) {
    const count = Math.min(BLOCK, length - start)
    yield* numbersOf(shard.read(0, offset + start * bytes, count * bytes), type, littleEndian)
  }
}

function classIn(number: number, where: string): number {
  if (Number.isInteger(number) && number >= 0) return number
  throw new ConfigError({
    where,
    expected: 'labels of a classification must be whole numbers from 0 on',
    given: number,
  })
}

function classNames(classes: NamedArray['classes'], count: number): readonly string[] {
  if (classes === undefined || classes === 'numbered') {
    return Array.from({ length: count }, (_, at) => String(at))
  }
  if (classes.length >= count) return classes
  throw new ConfigError({
    where: 'numpy.classes',
    expected: `must name each of the ${count} classes of the labels`,
    given: classes,
  })
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}
