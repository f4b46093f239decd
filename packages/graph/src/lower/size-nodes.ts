import {
  type Attrs,
  boundsOf,
  type Dim,
  type DType,
  type Factor,
  type Graph,
  type Scaled,
  type Shape,
  type SizeSymbol,
  type SymbolicDim,
  type Value,
} from '../ir/index.ts'

/** As much of an `OnnxBuilder` as computes sizes. */
export interface SizeBuilder {
  readonly graph: Graph
  ints(values: readonly number[]): Value
  node(
    op: string,
    inputs: readonly Value[],
    attrs: Attrs,
    spec: { readonly shape: Shape; readonly dtype: DType },
  ): Value
  unary(op: string, x: Value): Value
  cast(x: Value, dtype: DType): Value
  scalar(value: number, dtype: DType): Value
  binary(op: string, a: Value, b: Value): Value
  add(a: Value, b: Value): Value
  sub(a: Value, b: Value): Value
  mul(a: Value, b: Value): Value
  div(a: Value, b: Value): Value
  gather(x: Value, indices: Value, axis: number): Value
}

/** Finds a size outside of a graph that a node holds, and brings it in. */
export type OuterSize = (size: SymbolicDim) => Value | undefined

/** Computes sizes in a graph, as int64 tensors of shape [1], from the sizes of its inputs. */
export class SizeNodes {
  readonly #builder: SizeBuilder
  readonly #outer: OuterSize | undefined
  /** Results whose sizes follow from their numbers. */
  readonly #sized: Value[] = []
  /** By key. */
  readonly #made = new Map<string, Value>()

  constructor(builder: SizeBuilder, outer: OuterSize | undefined) {
    this.#builder = builder
    this.#outer = outer
  }

  /** Says that sizes may be taken from these results, which have sizes that follow from no input. */
  tell(values: readonly Value[]): void {
    this.#sized.push(...values)
  }

  /** A size; undefined when it follows from none that is known here. */
  find(size: SymbolicDim): Value | undefined {
    const known = this.#made.get(size.key)
    if (known !== undefined) return known
    // What is the same in every round of a loop is computed before it.
    const made = this.#outer?.(size) ?? this.#read(size) ?? this.#compute(size)
    if (made !== undefined) this.#made.set(size.key, made)
    return made
  }

  /** The size of a tensor that is as large. */
  #read(size: SymbolicDim): Value | undefined {
    const builder = this.#builder
    for (const value of this.#sources()) {
      const axis = value.shape.findIndex(
        (each) => typeof each !== 'number' && each.key === size.key,
      )
      if (axis >= 0) return sizeAlong(builder, value, axis)
    }
    return undefined
  }

  #sources(): readonly Value[] {
    return [...this.#builder.graph.inputs.map(({ value }) => value), ...this.#sized]
  }

  #compute({ terms, constant }: SymbolicDim): Value | undefined {
    const builder = this.#builder
    let total: Value | undefined
    // What is taken away comes last, so that nothing below zero is met on the way.
    const ordered = [...terms].sort((a, b) => b.coefficient - a.coefficient)
    for (const { coefficient, factors } of ordered) {
      let product: Value | undefined
      for (const factor of factors) {
        const value = this.#factor(factor)
        if (value === undefined) return undefined
        product = product === undefined ? value : builder.mul(product, value)
      }
      const size = Math.abs(coefficient)
      const part = size === 1 ? product! : builder.mul(product!, builder.ints([size]))
      if (total === undefined) total = coefficient < 0 ? builder.unary('Neg', part) : part
      else total = coefficient < 0 ? builder.sub(total, part) : builder.add(total, part)
    }
    if (total === undefined || constant === 0) return total
    return constant < 0
      ? builder.sub(total, builder.ints([-constant]))
      : builder.add(total, builder.ints([constant]))
  }

  #factor(factor: Factor): Value | undefined {
    const builder = this.#builder
    if (factor.kind === 'symbol') return this.#symbol(factor)
    if (factor.kind === 'quotient') {
      const [of, by] = [this.#any(factor.of), this.#any(factor.by)]
      if (of === undefined || by === undefined) return undefined
      if (boundsOf(factor.of)[0] >= 0) return builder.div(of, by)
      // ONNX rounds towards zero, and its remainder has the sign of the divisor: without it nothing is rounded.
      const spec = { shape: of.shape, dtype: of.dtype }
      return builder.div(builder.sub(of, builder.node('Mod', [of, by], {}, spec)), by)
    }
    if (factor.kind === 'scaled') return this.#scaled(factor)
    const [a, b] = [this.#any(factor.a), this.#any(factor.b)]
    if (a === undefined || b === undefined) return undefined
    return builder.binary(factor.kind === 'min' ? 'Min' : 'Max', a, b)
  }

  /** In float64, as JavaScript does. */
  #scaled({ of, by, rounding }: Scaled): Value | undefined {
    const builder = this.#builder
    const size = this.#any(of)
    if (size === undefined) return undefined
    const product = builder.mul(builder.cast(size, 'float64'), builder.scalar(by, 'float64'))
    const half = rounding === 'round'
    const moved = half ? builder.add(product, builder.scalar(0.5, 'float64')) : product
    return builder.cast(builder.unary(rounding === 'ceil' ? 'Ceil' : 'Floor', moved), 'int64')
  }

  #any(size: Dim): Value | undefined {
    return typeof size === 'number' ? this.#builder.ints([size]) : this.find(size)
  }

  /** A free size, from an input that has it along an axis, or a multiple of it. */
  #symbol(symbol: SizeSymbol): Value | undefined {
    const builder = this.#builder
    for (const value of this.#sources()) {
      for (const [axis, size] of value.shape.entries()) {
        if (typeof size === 'number' || size.terms.length !== 1) continue
        const [{ coefficient, factors }] = size.terms as readonly [(typeof size.terms)[number]]
        if (factors.length !== 1 || factors[0]!.key !== symbol.key) continue
        const whole = sizeAlong(builder, value, axis)
        const { constant } = size
        const multiple = constant === 0 ? whole : builder.sub(whole, builder.ints([constant]))
        return coefficient === 1 ? multiple : builder.div(multiple, builder.ints([coefficient]))
      }
    }
    return undefined
  }
}

function sizeAlong(builder: SizeBuilder, value: Value, axis: number): Value {
  const all = builder.node('Shape', [value], {}, { shape: [value.shape.length], dtype: 'int64' })
  return builder.gather(all, builder.ints([axis]), 0)
}
