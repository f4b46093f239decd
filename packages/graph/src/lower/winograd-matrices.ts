/** Three matrices that turn a correlation of a filter of `taps` with `tile + taps - 1` numbers into as many products, one for each of their rows or columns. */
export interface WinogradMatrices {
  /** [reach, reach]: of the numbers. */
  readonly input: readonly (readonly number[])[]
  /** [reach, taps]: of the filter. */
  readonly filter: readonly (readonly number[])[]
  /** [tile, reach]: from the products to the results. */
  readonly output: readonly (readonly number[])[]
}

/**
 * Where polynomials are evaluated besides infinity, by how many points there are. The more points, the more is lost to rounding; these, of size one or in pairs whose product is of size one, lose the least
 * (0, 1, -1, 2 and -2, which most implementations have, lose twice as much): about 4 times what a plain sum loses with four of them, and 5 times with five.
 */
const POINTS: readonly (readonly number[])[] = [
  [],
  [0],
  [0, 1],
  [0, 1, -1],
  [0, -1, 2, 1 / 2],
  [0, 2 / 3, -2 / 3, 3 / 2, -3 / 2],
]

/** Most numbers that a tile is made of along an axis. */
export const MOST_REACH: number = POINTS.length

/**
 * By Toom's and Cook's way, transposed (Winograd 1980): polynomials are evaluated at points, multiplied there, and interpolated. In double precision.
 *
 * @param tile results of one tile.
 * @param taps of the filter.
 */
export function winogradMatrices(tile: number, taps: number): WinogradMatrices {
  const reach = tile + taps - 1
  const points = POINTS[reach - 1]!
  const powers = (point: number, count: number) =>
    Array.from({ length: count }, (_, at) => point ** at)
  const atInfinity = (count: number) =>
    Array.from({ length: count }, (_, at) => (at === count - 1 ? 1 : 0))
  const others = points.map((point) => points.filter((each) => each !== point))
  const scales = points.map((point, index) =>
    others[index]!.reduce((product, other) => product * (point - other), 1),
  )
  const input = [...others.map((roots) => [...coefficients(roots), 0]), coefficients(points)]
  const filter = points.map((point, index) =>
    powers(point, taps).map((power) => power / scales[index]!),
  )
  const columns = [...points.map((point) => powers(point, tile)), atInfinity(tile)]
  return {
    input,
    filter: [...filter, atInfinity(taps)],
    output: Array.from({ length: tile }, (_, row) => columns.map((column) => column[row]!)),
  }
}

/** Of the polynomial with these roots, the constant first. */
function coefficients(roots: readonly number[]): number[] {
  let product = [1]
  for (const root of roots) {
    product = [0, ...product].map((each, at) => each - root * (product[at] ?? 0))
  }
  return product
}

/** The Kronecker product: a matrix for two axes at once. */
export function kronecker(
  left: readonly (readonly number[])[],
  right: readonly (readonly number[])[],
): number[][] {
  return left.flatMap((outer) =>
    right.map((inner) => outer.flatMap((a) => inner.map((b) => a * b))),
  )
}

/** Rows as columns. */
export function turned(matrix: readonly (readonly number[])[]): number[][] {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!))
}
