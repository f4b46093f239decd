import {
  createValue,
  type Dim,
  kernelNode,
  type Node,
  namedInput,
  type Shape,
  type Value,
} from '../ir/index.ts'
import { elementwiseSteps } from '../ops/all-steps.ts'
import { findKernel } from '../ops/registry.ts'

/** The body of a loop while it is written anew for tensors [units, batch] in the place of [batch, units]. */
export class TurnedBody {
  readonly nodes: Node[] = []
  readonly #batch: number
  readonly #scope: string
  /** By what they stand for, of batches of one matrix as well. */
  readonly #turned = new Map<Value, Value>()
  readonly #straight = new Map<Value, Value>()
  readonly #mayTurn = new Set<Value>()
  readonly #kept = new Set<Value>()

  constructor(batch: number, scope: string) {
    this.#batch = batch
    this.#scope = scope
  }

  /** Tells what stands for a value that comes in. */
  take(value: Value, turned: Value): void {
    this.#turned.set(value, turned)
  }

  /** Says that a value is better turned than what is computed from it. */
  mayTurn(value: Value): void {
    if (this.#isRows(value)) this.#mayTurn.add(value)
  }

  /** Says that a value stays as it is: it is a sum over steps. */
  keep(value: Value): void {
    this.#kept.add(value)
  }

  isTurned(value: Value): boolean {
    return this.#turned.has(value)
  }

  /** A value as [units, batch]; what is stretched to that as what is stretched alike. */
  turned(value: Value): Value {
    const known = this.#turned.get(value)
    if (known !== undefined) return known
    const { shape } = value
    if (shape.length === 0) return value
    const isRow = shape.length === 1 || shape[0] === 1
    const turned = isRow
      ? this.#reshape(value, [shape.at(-1)!, 1])
      : this.#call('Transpose', { x: value }, shape.toReversed(), { perm: [1, 0] })
    this.#turned.set(value, turned)
    return turned
  }

  /** A value as it was in the body that this one stands for. */
  straight(value: Value): Value {
    const turned = this.#turned.get(value)
    if (turned === undefined || this.#mayTurn.has(value)) return value
    const known = this.#straight.get(value)
    if (known !== undefined) return known
    const matrix = this.#call('Transpose', { x: turned }, turned.shape.toReversed(), {
      perm: [1, 0],
    })
    const straight = this.#reshape(matrix, value.shape)
    this.#straight.set(value, straight)
    return straight
  }

  /** Adds what stands for a node. False where there is nothing as good. */
  add(node: Node): boolean {
    if (node.formals !== undefined) return false
    const isStraight = !node.inputs.some((input) => input && this.#canTurn(input))
    if (isStraight) {
      this.nodes.push(node)
      return true
    }
    if (node.inputs.some((input) => input && this.#kept.has(input))) {
      const inputs = node.inputs.map((input) => input && this.straight(input))
      this.nodes.push({ ...node, inputs })
      for (const output of node.outputs) output.node = this.nodes.at(-1)
      return true
    }
    const rule = RULES[node.op]
    if (rule !== undefined) return this[rule](node)
    const declaration = findKernel(node.op)
    const isElementwise =
      declaration?.exact?.of !== undefined || declaration?.allSteps === elementwiseSteps
    return isElementwise && this.elementwise(node)
  }

  elementwise(node: Node): boolean {
    const [output] = node.outputs as [Value]
    const inputs = node.inputs as Value[]
    const fits = ({ shape }: Value) =>
      shape.length <= 2 && (shape.length < 2 || this.#isRows({ shape }) || shape[0] === 1)
    if (node.outputs.length !== 1 || !this.#isRows(output) || !inputs.every(fits)) return false
    this.#put(
      node,
      inputs.map((input) => this.turned(input)),
      node.attrs,
    )
    return true
  }

  parts(node: Node): boolean {
    const isOfUnits = node.attrs.axis === 1 || node.attrs.axis === -1
    if (!isOfUnits || ![...node.inputs, ...node.outputs].every((each) => this.#isRows(each!)))
      return false
    this.#put(
      node,
      node.inputs.map((input) => this.turned(input!)),
      { ...node.attrs, axis: 0 },
    )
    return true
  }

  slice(node: Node): boolean {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    if (!this.#isRows(x) || !this.#isRows(y)) return false
    const begin = [0, [node.attrs.begin as readonly Dim[]].flat()[1] ?? 0]
    this.#put(node, [this.turned(x)], { begin: begin.toReversed(), size: y.shape.toReversed() })
    return true
  }

  view(node: Node): boolean {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    const matrix = (shape: Shape) => (shape.length === 3 && shape[0] === 1 ? shape.slice(1) : shape)
    if (String(matrix(x.shape)) !== String(matrix(y.shape))) return false
    this.#turned.set(y, this.turned(x))
    return true
  }

  product(node: Node): boolean {
    const { activation = 'linear', transposeA, transposeB } = node.attrs
    if (node.inputNames.join() !== 'a,b' || activation !== 'linear') return false
    const [a, b] = [namedInput(node, 'a')!, namedInput(node, 'b')!]
    const [output] = node.outputs as [Value]
    const [rows, columns] = output.shape.slice(-2) as [number, number]
    if (!this.#canTurn(a) || output.shape.slice(0, -2).some((size) => size !== 1)) return false
    if (this.#canTurn(b)) {
      // Along the batch: a derivative by weights, which is no other than before.
      if (transposeA !== true || transposeB === true) return false
      const factors = { a: this.turned(a), b: this.turned(b) }
      const sum = this.#call('BatchMatMul', factors, [rows, columns], {
        transposeA: false,
        transposeB: true,
      })
      this.#become(output, 'Reshape', { x: sum }, { shape: output.shape })
      return true
    }
    if (transposeA === true) return false
    const [inner, outer] = b.shape.slice(-2) as [number, number]
    const weights = this.#reshape(b, [inner, outer])
    const turnedWeights = transposeB
      ? weights
      : this.#call('Transpose', { x: weights }, [outer, inner], { perm: [1, 0] })
    const factors = { a: turnedWeights, b: this.turned(a) }
    const attrs = { transposeA: false, transposeB: false }
    this.#turned.set(output, this.#call('BatchMatMul', factors, [columns, rows], attrs))
    return true
  }

  batchSum(node: Node): boolean {
    const { axis, keepDims } = node.attrs
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    if (String(axis) !== '0' || keepDims === true || !this.#isRows(x)) return false
    this.#become(y, 'Sum', { x: this.turned(x) }, { axis: [1], keepDims: false })
    return true
  }

  #isRows({ shape }: Pick<Value, 'shape'>): boolean {
    return shape.length === 2 && shape[0] === this.#batch && typeof shape[1] === 'number'
  }

  #canTurn(value: Value): boolean {
    return this.#turned.has(value) || this.#mayTurn.has(value)
  }

  #put(
    { op, inputNames, outputs, scope }: Node,
    inputs: readonly Value[],
    attrs: Node['attrs'],
  ): void {
    const turned = outputs.map(({ shape, dtype }) => createValue(shape.toReversed(), dtype))
    const named = Object.fromEntries(inputNames.map((name, index) => [name, inputs[index]!]))
    this.nodes.push(kernelNode(op, named, turned, { attrs, scope }))
    for (const [index, output] of outputs.entries()) this.#turned.set(output, turned[index]!)
  }

  #become(
    output: Value,
    op: string,
    inputs: Readonly<Record<string, Value>>,
    attrs: Node['attrs'],
  ): void {
    this.nodes.push(kernelNode(op, inputs, [output], { attrs, scope: this.#scope }))
  }

  #reshape(x: Value, shape: Shape): Value {
    return String(x.shape) === String(shape) ? x : this.#call('Reshape', { x }, shape, { shape })
  }

  #call(
    op: string,
    inputs: Readonly<Record<string, Value>>,
    shape: Shape,
    attrs: Node['attrs'],
  ): Value {
    const output = createValue(shape, Object.values(inputs)[0]!.dtype)
    this.#become(output, op, inputs, attrs)
    return output
  }
}

/** How kernels that do not work number by number are turned. */
const RULES: Readonly<Record<string, 'parts' | 'slice' | 'view' | 'product' | 'batchSum'>> = {
  Concat: 'parts',
  SplitV: 'parts',
  Slice: 'slice',
  Reshape: 'view',
  BatchMatMul: 'product',
  _FusedMatMul: 'product',
  Sum: 'batchSum',
}
