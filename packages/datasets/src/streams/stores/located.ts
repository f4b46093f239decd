import { dirname } from 'node:path'

/** What records of a file are counted in, and the number of the first. */
export interface Counted {
  readonly unit: 'record' | 'line' | 'row' | 'token'
  readonly first: number
  /** From one record to the next; 1 when left out. */
  readonly step?: number
}

/** Records that follow one another in files, by row, in shared memory. */
export interface InFiles {
  readonly paths: readonly string[]
  /** What the files are called in errors, where that is not their paths. */
  readonly names?: readonly string[]
  /** Place in `paths`. */
  readonly files: Uint32Array
  readonly counted: Counted
}

/** Where the records of files lie. */
export interface Located extends InFiles {
  readonly offsets: Float64Array
  readonly sizes: Uint32Array
}

/** Row of each record within its file, 1 for the first. */
export function rowInFile({ files }: Pick<InFiles, 'files'>, row: number): number {
  // Rows of a file follow one another.
  let low = 0
  let high = row
  while (low < high) {
    const middle = (low + high) >> 1
    if (files[middle]! < files[row]!) low = middle + 1
    else high = middle
  }
  return row - low + 1
}

/** Which line, row or token of its file a record is, or begins with. */
export function numberInFile(plan: Pick<InFiles, 'files' | 'counted'>, row: number): number {
  const { first, step = 1 } = plan.counted
  return first + step * (rowInFile(plan, row) - 1)
}

/** Names a record in errors. */
export function placeInFile(plan: InFiles, row: number): string {
  const { paths, names = paths, files, counted } = plan
  return `${names[files[row]!]}, ${counted.unit} ${numberInFile(plan, row)}`
}

/** Where paths in a record begin: the folder of its file. */
export function folderOfFile({ paths, names = paths, files }: InFiles, row: number): string {
  return dirname(names[files[row]!]!)
}
