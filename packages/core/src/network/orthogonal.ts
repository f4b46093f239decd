import * as tf from '@tensorflow/tfjs'

/** What tfjs keeps to itself of its orthogonal initializer. The tests hold this against the pinned tfjs. */
interface Orthogonal {
  readonly gain: number
  readonly seed?: number
  apply(shape: tf.Shape, dtype?: tf.DataType): tf.Tensor
}

/** So many reflections are applied to a column in one go: it is read and written once for all of them. */
const BLOCK = 4

/**
 * Columns of an orthonormal basis out of columns of normal numbers, in their place: Q of the QR decomposition whose R has a positive diagonal, which is distributed evenly
 * over all such bases (Mezzadri 2007). By Householder's reflections, in blocks (Schreiber and Van Loan 1989).
 *
 * @param columns at least as long as there are columns. Overwritten.
 */
export function orthonormalize(columns: readonly Float64Array[]): void {
  const signs = new Float64Array(columns.length)
  const blocks: Reflections[] = []
  for (let first = 0; first < columns.length; first += BLOCK) {
    const block = new Reflections(first, columns.slice(first, first + BLOCK), signs)
    block.apply(columns.slice(first + BLOCK), 'transposed')
    blocks.push(block)
  }
  // The basis: what the reflections make of unit vectors, from the last to the first.
  for (const block of blocks.reverse()) {
    const { first } = block
    const own = columns.slice(first, first + BLOCK)
    block.detach()
    for (const [at, column] of own.entries()) {
      column.fill(0)
      column[first + at] = signs[first + at]!
    }
    block.apply(columns.slice(first), 'plain')
  }
}

/** Some reflections, one after the other, as one: 1 - V T Vᵗ. */
class Reflections {
  /** Row at which the first of them begins. */
  readonly first: number
  #vectors: readonly Float64Array[]
  /** Upper triangle of T, row by row. */
  readonly #factors = new Float64Array(BLOCK * BLOCK)

  /** Makes the reflections that turn columns into those of a triangle, and keeps their vectors where the columns were. */
  constructor(first: number, columns: readonly Float64Array[], signs: Float64Array) {
    this.first = first
    this.#vectors = columns
    for (const [at, column] of columns.entries()) {
      for (let before = 0; before < at; before++) {
        const vector = columns[before]!
        const scale = dot(vector, column, first + before) * this.#factors[before * BLOCK + before]!
        for (let row = first + before; row < column.length; row++) {
          column[row] = column[row]! - scale * vector[row]!
        }
      }
      this.#reflect(at, signs)
    }
  }

  /** The reflection of a column onto its own axis. */
  #reflect(at: number, signs: Float64Array): void {
    const column = this.#vectors[at]!
    const row = this.first + at
    column.fill(0, this.first, row)
    const head = column[row]!
    const length = Math.sqrt(dot(column, column, row))
    signs[row] = head > 0 ? -1 : 1
    const factors = this.#factors
    if (length === 0) return
    column[row] = head + (head > 0 ? length : -length)
    const factor = 1 / (length * (length + Math.abs(head)))
    // T grows by a column: -factor · T · (Vᵗ v).
    const products = this.#vectors.slice(0, at).map((vector) => dot(vector, column, row))
    for (let i = 0; i < at; i++) {
      let sum = 0
      for (let j = i; j < at; j++) sum += factors[i * BLOCK + j]! * products[j]!
      factors[i * BLOCK + at] = -factor * sum
    }
    factors[at * BLOCK + at] = factor
  }

  /** Makes the vectors independent of the columns that they lie in, of zeros where there are fewer than in a whole block. */
  detach(): void {
    this.#vectors = this.#vectors.map((each) => each.slice())
  }

  /** What the reflections, or those in the opposite order, make of columns. Two at a time: a vector is read once for both. */
  apply(columns: readonly Float64Array[], order: 'plain' | 'transposed'): void {
    if (columns.length === 0) return
    const size = columns[0]!.length
    const empty = this.#vectors.length < BLOCK ? new Float64Array(size) : columns[0]!
    const [a, b = empty, c = empty, d = empty] = this.#vectors as [Float64Array]
    const spare = new Float64Array(columns.length % 2 === 0 ? 0 : size)
    for (let at = 0; at < columns.length; at += 2) {
      this.#applyToPair({ a, b, c, d }, columns[at]!, columns[at + 1] ?? spare, order)
    }
  }

  #applyToPair(
    { a, b, c, d }: Record<'a' | 'b' | 'c' | 'd', Float64Array>,
    x: Float64Array,
    y: Float64Array,
    order: 'plain' | 'transposed',
  ): void {
    const { first } = this
    let xa = 0
    let xb = 0
    let xc = 0
    let xd = 0
    let ya = 0
    let yb = 0
    let yc = 0
    let yd = 0
    for (let row = first; row < x.length; row++) {
      const va = a[row]!
      const vb = b[row]!
      const vc = c[row]!
      const vd = d[row]!
      const inX = x[row]!
      const inY = y[row]!
      xa += va * inX
      xb += vb * inX
      xc += vc * inX
      xd += vd * inX
      ya += va * inY
      yb += vb * inY
      yc += vc * inY
      yd += vd * inY
    }
    const [wa, wb, wc, wd] = this.#weights([xa, xb, xc, xd], order)
    const [ua, ub, uc, ud] = this.#weights([ya, yb, yc, yd], order)
    for (let row = first; row < x.length; row++) {
      const va = a[row]!
      const vb = b[row]!
      const vc = c[row]!
      const vd = d[row]!
      x[row] = x[row]! - (wa * va + wb * vb + wc * vc + wd * vd)
      y[row] = y[row]! - (ua * va + ub * vb + uc * vc + ud * vd)
    }
  }

  /** How much of each vector is taken away. */
  #weights(products: Four, order: 'plain' | 'transposed'): Four {
    const weights: Four = [0, 0, 0, 0]
    for (let i = 0; i < BLOCK; i++) {
      for (let j = i; j < BLOCK; j++) {
        const factor = this.#factors[i * BLOCK + j]!
        if (order === 'plain') weights[i]! += factor * products[j]!
        else weights[j]! += factor * products[i]!
      }
    }
    return weights
  }
}

type Four = [number, number, number, number]

function dot(a: Float64Array, b: Float64Array, from: number): number {
  let sum = 0
  for (let row = from; row < a.length; row++) sum += a[row]! * b[row]!
  return sum
}

const [TfjsOrthogonal] = tf.serialization.SerializationMap.getMap().classNameMap.Orthogonal!
const { prototype } = TfjsOrthogonal as unknown as { readonly prototype: Orthogonal }
const original = prototype.apply

// The numbers are those of tfjs, which takes half a minute for 128 units: in its JavaScript each reflection of the decomposition is a row of kernels on whole matrices.
prototype.apply = function (shape, dtype) {
  // It refuses these.
  if (shape.length < 2 || (dtype !== undefined && dtype !== 'float32')) {
    return original.call(this, shape, dtype)
  }
  const rows = tf.util.sizeFromShape(shape.slice(0, -1) as number[])
  const units = shape.at(-1)!
  const length = Math.max(rows, units)
  const count = Math.min(rows, units)
  const numbers = tf.tidy(() =>
    tf.randomNormal([length, count], 0, 1, 'float32', this.seed).dataSync(),
  )
  const columns = Array.from({ length: count }, (_, at) => {
    const column = new Float64Array(length)
    for (let row = 0; row < length; row++) column[row] = numbers[row * count + at]!
    return column
  })
  orthonormalize(columns)
  const result = new Float32Array(rows * units)
  for (const [at, column] of columns.entries()) {
    for (let row = 0; row < length; row++) {
      result[rows < units ? at * units + row : row * units + at] = this.gain * column[row]!
    }
  }
  return tf.tensor(result, shape as number[])
}
