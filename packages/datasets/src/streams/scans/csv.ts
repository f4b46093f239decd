import { createHash } from 'node:crypto'
import { DataError } from '@ashlar/errors'
import { missingCell, numberIn, placeOf, type Rounding } from '../../tables/encode.ts'
import { isMissing } from '../../tables/missing.ts'
import { gathered, gatherersOf } from '../column.ts'
import { isBlank, parseRecords, requireCells, STREAM_HINT } from '../csv-records.ts'
import type { CsvPlan } from '../stores/csv.ts'
import { FoundRecords } from './found-records.ts'
import { type FoundLine, linesOf } from './line-reader.ts'
import { packedChunks } from './packed-chunks.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** Rows that are parsed together. */
const GROUP = 512
/** Categories of a column. */
const MOST_CATEGORIES = 10_000

interface CsvOptions {
  readonly delimiter: string
  /** Columns of numbers and of categories that are looked at, see {@link CsvFacts}. */
  readonly numbers?: readonly string[]
  readonly categories?: readonly string[]
  readonly rounding?: Rounding
  /** Shared, 1 for each row that is trained on: only these are looked at. */
  readonly trained?: Uint8Array
}

/** What the rows that are trained on say of their columns. */
export interface CsvFacts {
  readonly header: readonly string[]
  /** Mean and standard deviation by column. */
  readonly numbers: Readonly<Record<string, { readonly mean: number; readonly std: number }>>
  readonly categories: Readonly<Record<string, readonly string[]>>
}

/** Finds the rows of CSV files whose first row names the columns, and reads the columns that are held in memory. */
export function scanCsv({ files, columns, options }: ScanRequest): Scanned {
  const { delimiter, trained, rounding = 'refuse', ...names } = options as unknown as CsvOptions
  const gatherers = gatherersOf(columns)
  const sums = new Map((names.numbers ?? []).map((name) => [name, new Moments()]))
  const seen = new Map((names.categories ?? []).map((name) => [name, new Set<string>()]))
  const wanted = [...columns.map(({ field }) => field), ...sums.keys(), ...seen.keys()]
  const found = new FoundRecords()
  const hash = createHash('sha256')
  const perFile: number[] = []
  let header: string[] | undefined
  for (const [index, path] of files.entries()) {
    const before = found.length
    let own: string[] | undefined
    let places = new Map<string, number>()
    let group: FoundLine[] = []
    const flush = () => {
      const first = found.length - before + 2
      const text = group.map(({ bytes }) => bytes.toString()).join('\n')
      const where = `${path}, lines ${first} to ${first + group.length - 1}`
      const rows = parseRecords(text, delimiter, where)
      // Labels are read here and features by place: they must never be of different rows.
      if (rows.length !== group.length) throw notOneEach(where, group.length, rows.length)
      for (const [at, row] of rows.entries()) {
        const line = first + at
        const place = `${path}, line ${line}`
        requireCells(row, own!.length, place)
        for (const [each, { field }] of columns.entries()) {
          gatherers[each]!.add(row[places.get(field)!], place)
        }
        if (trained === undefined || trained[found.length] === 1) {
          const table = { path, columns: own!, rows: [row], lines: [line] }
          for (const [name, moments] of sums) {
            const cell = row[places.get(name)!]!
            if (isMissing(cell, 'number')) throw missingCell(placeOf(table, 0, name), STREAM_HINT)
            moments.add(numberIn(cell, table, 0, name, rounding))
          }
          for (const [name, kinds] of seen) {
            const cell = row[places.get(name)!]!
            if (isMissing(cell, 'category')) throw missingCell(placeOf(table, 0, name), STREAM_HINT)
            kinds.add(cell)
            if (kinds.size > MOST_CATEGORIES) throw tooMany(place, name)
          }
        }
        found.add(index, group[at]!)
      }
      group = []
    }
    for (const each of linesOf(path, hash, true)) {
      const line = withoutMark(each)
      if (isBlank(line.bytes, delimiter)) continue
      if (own === undefined) {
        own = parseRecords(line.bytes.toString(), delimiter, path)[0] ?? []
        header ??= own
        requireHeader(path, own, header, wanted)
        places = new Map(wanted.map((name) => [name, own!.indexOf(name)]))
        continue
      }
      group.push(line)
      if (group.length === GROUP) flush()
    }
    if (group.length > 0) flush()
    perFile.push(found.length - before)
  }
  const store: CsvPlan = {
    ...{ kind: 'csv', paths: files, delimiter, columns: header ?? [] },
    // As long as no cell goes over several; the first names the columns.
    counted: { unit: 'line', first: 2 },
    ...found.done(),
  }
  const facts: CsvFacts = {
    header: header ?? [],
    numbers: Object.fromEntries([...sums].map(([name, moments]) => [name, moments.done()])),
    categories: Object.fromEntries([...seen].map(([name, kinds]) => [name, [...kinds].sort()])),
  }
  return {
    length: found.length,
    store,
    columns: gathered(columns, gatherers),
    perFile,
    ...packedChunks(files, store),
    digest: hash.digest('hex'),
    facts: { ...facts },
  }
}

/** Mean and deviation of numbers as they come (Welford). */
class Moments {
  #count = 0
  #mean = 0
  #squares = 0

  add(value: number): void {
    this.#count++
    const before = value - this.#mean
    this.#mean += before / this.#count
    this.#squares += before * (value - this.#mean)
  }

  done(): { mean: number; std: number } {
    const std = Math.sqrt(this.#squares / Math.max(1, this.#count))
    // A column of one number tells nothing, and stays near zero whatever comes later.
    return { mean: this.#mean, std: std > Math.abs(this.#mean) * 1e-12 ? std : 1 }
  }
}

const MARK = Buffer.from('\ufeff')

/** A line without the byte order mark that a file may begin with. */
function withoutMark(line: FoundLine): FoundLine {
  const { bytes, offset } = line
  if (offset > 0 || !bytes.subarray(0, MARK.length).equals(MARK)) return line
  return { bytes: bytes.subarray(MARK.length), offset: MARK.length }
}

function notOneEach(where: string, lines: number, rows: number): DataError {
  return new DataError({
    where,
    expected: `must be ${lines} rows, one for each line`,
    given: rows,
    hint: 'Read the table into memory (`csv`), and write it anew.',
  })
}

function requireHeader(
  path: string,
  own: readonly string[],
  first: readonly string[],
  wanted: readonly string[],
): void {
  const twice = own.find((name, at) => name === '' || own.indexOf(name) !== at)
  const missing = wanted.find((name) => !own.includes(name))
  if (twice === undefined && missing === undefined && String(own) === String(first)) return
  throw new DataError({
    where: path,
    expected:
      missing === undefined
        ? 'the first row must name every column, each differently, as the first file does'
        : `the first row must name the column ${JSON.stringify(missing)}`,
    given: own,
  })
}

function tooMany(place: string, name: string): DataError {
  return new DataError({
    where: `${place}, column ${JSON.stringify(name)}`,
    expected: `must have at most ${MOST_CATEGORIES} different categories`,
    hint: 'A number of its own for each row is no category: leave the column out by `features`.',
  })
}
