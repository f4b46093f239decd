/** Where the records of files lie, by row, in shared memory. */
export interface Located {
  readonly paths: readonly string[]
  /** Place in `paths`. */
  readonly files: Uint32Array
  readonly offsets: Float64Array
  readonly sizes: Uint32Array
}

/** Row of each record within its file, 1 for the first. */
export function rowInFile({ files }: Pick<Located, 'files'>, row: number): number {
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
