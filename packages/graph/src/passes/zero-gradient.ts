import {
  createValue,
  type DType,
  filled,
  kernelNode,
  type Node,
  type Shape,
  sameShape,
  uniformValue,
  type Value,
} from '../ir/index.ts'

/** A value times a number; zero where that is 0. */
interface Scaled {
  readonly of: Value
  readonly by: number
}

/**
 * The arithmetic of an update where the gradient is zero: slots decay, and a weight moves by its slots. Of Adam's twelve ways over memory seven are left, and none of them reads a gradient. A slot that
 * decays is one product, within rounding of what the whole arithmetic gives.
 */
export class ZeroGradient {
  readonly #scope: string
  readonly #known = new Map<Value, Scaled>()
  readonly #products = new Map<string, Value>()
  readonly #nodes: Node[] = []

  /** @param gradient what is zero. */
  constructor(gradient: Value) {
    this.#scope = gradient.node?.scope ?? ''
    this.#known.set(gradient, { of: gradient, by: 0 })
  }

  /** What a value is there; itself where it does not follow from the gradient by known arithmetic. */
  of(value: Value): Value {
    return this.#whole(this.#scaled(value), value)
  }

  /** The nodes that have been made since this was asked for. */
  take(): readonly Node[] {
    return this.#nodes.splice(0)
  }

  #scaled(value: Value): Scaled {
    const known = this.#known.get(value)
    if (known !== undefined) return known
    const found = this.#computed(value)
    this.#known.set(value, found)
    return found
  }

  #computed(value: Value): Scaled {
    const itself = { of: value, by: 1 }
    const { node } = value
    if (node?.domain !== 'tfjs' || node.outputs.length !== 1) return itself
    const rule = RULES[node.op]
    if (rule === undefined) return itself
    const inputs = node.inputs as readonly Value[]
    const operands = inputs.map((input) =>
      sameShape(input.shape, value.shape) ? this.#scaled(input) : { of: input, by: 1 },
    )
    if (operands.every(({ of, by }, index) => by === 1 && of === inputs[index])) return itself
    const simpler = rule(node, operands, value)
    if (simpler !== undefined) return simpler
    const given = inputs.map((input, index) => this.#whole(operands[index]!, input))
    return { of: this.#emit(node, given, value.shape, value.dtype), by: 1 }
  }

  #whole({ of, by }: Scaled, { shape, dtype }: Value): Value {
    if (by === 0) return filled(0, shape, dtype)
    if (by === 1) return of
    const factor = Math.fround(by)
    const key = `${of.id} ${factor}`
    let product = this.#products.get(key)
    if (product === undefined) {
      product = createValue(shape, dtype)
      const given = { a: of, b: filled(factor, [], 'float32') }
      this.#nodes.push(kernelNode('Multiply', given, [product], { scope: this.#scope }))
      this.#products.set(key, product)
    }
    return product
  }

  #emit(node: Node, inputs: readonly Value[], shape: Shape, dtype: DType): Value {
    const output = createValue(shape, dtype)
    output.node = { ...node, inputs: [...inputs], outputs: [output] }
    this.#nodes.push(output.node)
    return output
  }
}

/** What a kernel makes of operands that are scaled, without computing it; undefined where it must be computed. */
type Rule = (node: Node, operands: readonly Scaled[], value: Value) => Scaled | undefined

const isComputed: Rule = () => undefined

const keepsZero: Rule = (_, [x]) => (x!.by === 0 ? x : undefined)

const sum: Rule = (_, [a, b], { shape }) => added(a!, b!, 1, shape)

const RULES: Readonly<Record<string, Rule>> = {
  Add: sum,
  AddV2: sum,
  Sub: (_, [a, b], { shape }) => added(a!, b!, -1, shape),
  Multiply: (_, [a, b], { shape }) => {
    if (a!.by === 0) return a
    if (b!.by === 0) return b
    return times(a!, b!, shape) ?? times(b!, a!, shape)
  },
  RealDiv: keepsZero,
  Square: keepsZero,
  Sqrt: keepsZero,
  Abs: keepsZero,
  Identity: keepsZero,
  Neg: (_, [x]) => ({ of: x!.of, by: -x!.by }),
  ClipByValue: ({ attrs }, [x]) => {
    const { clipValueMin, clipValueMax } = attrs as Readonly<Record<string, number>>
    return x!.by === 0 && clipValueMin! <= 0 && clipValueMax! >= 0 ? x : undefined
  },
  Maximum: isComputed,
  Minimum: isComputed,
}

function added(a: Scaled, b: Scaled, sign: 1 | -1, shape: Shape): Scaled | undefined {
  if (b.by === 0 && sameShape(a.of.shape, shape)) return a
  if (a.by === 0 && sameShape(b.of.shape, shape)) return { of: b.of, by: sign * b.by }
  // A number less a part of itself.
  return a.of === b.of ? { of: a.of, by: a.by + sign * b.by } : undefined
}

/** A value, or its negative, times a constant; what is scaled already is computed, since a slot's next value is needed anyway. */
function times(a: Scaled, factor: Scaled, shape: Shape): Scaled | undefined {
  const by = Math.abs(a.by) === 1 ? uniformValue(factor.of) : undefined
  return by === undefined || !sameShape(a.of.shape, shape)
    ? undefined
    : { of: a.of, by: a.by * by * factor.by }
}
