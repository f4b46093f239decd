import { EngineError } from '@ashlar/errors'
import {
  type Attrs,
  createValue,
  type Graph,
  isConstant,
  kernelNode,
  type Node,
  namedInput,
  replaceUses,
  type Value,
  whereOf,
} from '../ir/index.ts'
import { findKernel } from '../ops/registry.ts'

/** Real and imaginary parts of a complex tensor. */
type Parts = readonly [real: Value, imaginary: Value]

/**
 * Makes two real tensors of each complex one. Kernels that do the same to both parts (`isPartwise`) are called for each; products, magnitudes and
 * Fourier transforms are written out. For captured graphs.
 *
 * @throws EngineError for other kernels of complex numbers, and for graph outputs that are complex.
 */
export function splitComplex(graph: Graph): void {
  if (!graph.nodes.some((node) => node.inputs.some(isComplex) || node.outputs.some(isComplex)))
    return
  const parts = new Map<Value, Parts>()
  const replacements = new Map<Value, Value>()
  graph.nodes = graph.nodes.flatMap((node) => {
    // A sum whose first term is real is complex all the same, whatever type it was given.
    const isOfComplex = (value: Value | undefined) =>
      isComplex(value) || (value !== undefined && parts.has(value))
    const isOfReals = !node.inputs.some(isOfComplex) && !node.outputs.some(isComplex)
    if (isOfReals && !TAKES_COMPLEX.has(node.op)) return [node]
    return new ComplexNode(node, parts, replacements).rewrite()
  })
  replaceUses(graph, replacements)
  for (const { name, value } of graph.outputs) {
    if (!isComplex(value)) continue
    throw new EngineError({
      where: `output ${name}`,
      expected: 'an output must not be complex',
      hint: 'Return tf.real(), tf.imag() or tf.abs() of it.',
    })
  }
}

function isComplex(value: Value | undefined): boolean {
  return value?.dtype === 'complex64'
}

/** One kernel that takes or gives complex numbers, and what it becomes. */
class ComplexNode {
  readonly #node: Node
  readonly #parts: Map<Value, Parts>
  readonly #replacements: Map<Value, Value>
  readonly #result: Node[] = []

  constructor(node: Node, parts: Map<Value, Parts>, replacements: Map<Value, Value>) {
    this.#node = node
    this.#parts = parts
    this.#replacements = replacements
  }

  rewrite(): readonly Node[] {
    const rule = RULES[this.#node.op]
    if (rule !== undefined) rule(this)
    else if (findKernel(this.#node.op)?.isPartwise === true) this.#partwise()
    else {
      throw new EngineError({
        where: whereOf(this.#node),
        expected: `kernel ${this.#node.op} must not be given complex numbers`,
        hint: 'Take tf.real(), tf.imag() or tf.abs() before it.',
      })
    }
    return this.#result
  }

  get attrs(): Attrs {
    return this.#node.attrs
  }

  get output(): Value {
    return this.#node.outputs[0]!
  }

  /** An input; undefined where it was not given. */
  given(name: string): Value {
    const value = namedInput(this.#node, name)!
    return this.#replacements.get(value) ?? value
  }

  /** The parts of a complex input; constants are split here. */
  partsOf(value: Value): Parts {
    const known = this.#parts.get(value)
    if (known !== undefined) return known
    // A derivative that nothing complex has reached.
    if (!isComplex(value)) return this.#realParts(value)
    if (!isConstant(value)) throw new TypeError('complex numbers must come from a kernel')
    const pairs = value.data as Float32Array
    const part = (offset: 0 | 1): Value =>
      createValue(value.shape, 'float32', {
        data: Float32Array.from(
          { length: pairs.length / 2 },
          (_, index) => pairs[2 * index + offset]!,
        ),
      })
    const parts: Parts = [part(0), part(1)]
    this.#parts.set(value, parts)
    return parts
  }

  /** The result is complex and has these parts. */
  becomes(parts: Parts, output: Value = this.output): void {
    this.#parts.set(output, parts)
  }

  /** The result is this real tensor. */
  is(value: Value): void {
    this.#replacements.set(this.output, value)
  }

  #realParts(value: Value): Parts {
    const x = this.#replacements.get(value) ?? value
    return [x, this.emitAll('ZerosLike', { x }, {}, [x.shape])[0]!]
  }

  emit(op: string, inputs: Readonly<Record<string, Value>>, attrs: Attrs = {}): Value {
    return this.emitAll(op, inputs, attrs, [this.output.shape])[0]!
  }

  emitAll(
    op: string,
    inputs: Readonly<Record<string, Value>>,
    attrs: Attrs,
    shapes: readonly Value['shape'][],
  ): Value[] {
    const outputs = shapes.map((shape) => createValue(shape, 'float32'))
    this.#result.push(kernelNode(op, inputs, outputs, { attrs, scope: this.#node.scope }))
    return outputs
  }

  #partwise(): void {
    const { op, attrs, inputNames, inputs, outputs } = this.#node
    const shapes = outputs.map(({ shape }) => shape)
    const results = ([0, 1] as const).map((part) => {
      const given = inputNames.map((name, index) => {
        const value = inputs[index]!
        // Indices and the like stay as they are.
        const isOfNumbers = value.dtype === 'float32' || isComplex(value)
        return [name, isOfNumbers ? this.partsOf(value)[part] : this.given(name)] as const
      })
      return this.emitAll(op, Object.fromEntries(given), attrs, shapes)
    })
    for (const [index, output] of outputs.entries()) {
      this.becomes([results[0]![index]!, results[1]![index]!], output)
    }
  }
}

/** What is given complex numbers by its very meaning. */
const TAKES_COMPLEX: ReadonlySet<string> = new Set(['Real', 'Imag', 'ComplexAbs', 'FFT', 'IFFT'])

/** What kernels that join, part or mix real and imaginary parts become. */
const RULES: Readonly<Record<string, (node: ComplexNode) => void>> = {
  Complex: (node) => node.becomes([node.given('real'), node.given('imag')]),
  Real: (node) => node.is(node.partsOf(node.given('input'))[0]),
  Imag: (node) => node.is(node.partsOf(node.given('input'))[1]),
  Cast: (node) => {
    const x = node.given('x')
    if (isComplex(node.output) && isComplex(x)) node.becomes(node.partsOf(x))
    else if (isComplex(node.output)) {
      const real = node.emit('Cast', { x }, { dtype: 'float32' })
      node.becomes([real, node.emit('ZerosLike', { x: real })])
    } else {
      node.is(node.emit('Cast', { x: node.partsOf(x)[0] }, node.attrs))
    }
  },
  ComplexAbs: (node) => {
    const squares = node.partsOf(node.given('x')).map((x) => node.emit('Square', { x }))
    node.is(node.emit('Sqrt', { x: node.emit('Add', { a: squares[0]!, b: squares[1]! }) }))
  },
  Multiply: (node) => {
    const [a, b] = node.partsOf(node.given('a'))
    const [c, d] = node.partsOf(node.given('b'))
    const times = (x: Value, y: Value) => node.emit('Multiply', { a: x, b: y })
    const real = node.emit('Sub', { a: times(a, c), b: times(b, d) })
    node.becomes([real, node.emit('Add', { a: times(a, d), b: times(b, c) })])
  },
  // A derivative by a part of a tensor.
  PadV2: (node) => {
    const [real, imag] = node.partsOf(node.given('x'))
    node.becomes([
      node.emit('PadV2', { x: real }, node.attrs),
      node.emit('PadV2', { x: imag }, { ...node.attrs, constantValue: 0 }),
    ])
  },
  FFT: transform('FFT'),
  IFFT: transform('IFFT'),
}

function transform(op: string): (node: ComplexNode) => void {
  return (node) => {
    const [real, imag] = node.partsOf(node.given('input'))
    const { shape } = node.output
    node.becomes(node.emitAll(op, { real, imag }, {}, [shape, shape]) as unknown as Parts)
  }
}
