import {
  createValue,
  type Graph,
  kernelNode,
  type Node,
  readersOf,
  sameShape,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { activationFunctions, type Known } from '../ops/activation-functions.ts'
import { inOrder } from './in-order.ts'
import { constantsOf, numberOf, pointwiseOf } from './meaning.ts'
import { isFunction, isSlope, type Meant } from './same-function.ts'

/**
 * Finds functions of one number that have a name, and their derivatives, by what they give rather than by how they are written: `x * sigmoid(x)`, `x / (1 + exp(-x))` and what tfjs
 * derives from either are the same numbers. Each becomes the form that goes over memory least often (ops/activation-functions.ts). For captured graphs of training steps, as these forms
 * are right absolutely rather than relatively; what was replaced is dead code afterwards.
 */
export function recogniseActivations(graph: Graph): void {
  const readers = readersOf(graph)
  /** What is to take the place of a node, once all are found. */
  const replaced = new Map<Node, () => readonly Node[]>()
  for (const x of valuesOf(graph)) {
    const given = pointwiseOf([x], readers)
    for (const y of given) {
      if (replaced.has(y.node!)) continue
      const found = functionOf(x, y)
      if (found === undefined) continue
      replaced.set(y.node!, () => [activation({ x, y, found })])
      for (const { dx, dy } of derivatives({ x, y, found }, given, readers)) {
        if (replaced.has(dx.node!)) continue
        replaced.set(dx.node!, () => derivative({ x, y, found }, dx, dy))
      }
    }
  }
  if (replaced.size === 0) return
  // A derivative that somebody wrote by hand may stand in front of the function.
  graph.nodes = inOrder(graph.nodes.flatMap((node) => replaced.get(node)?.() ?? [node]))
}

/** A function that was found, by its name and what it goes by. */
interface Found extends Meant {
  readonly name: string
}

interface Applied {
  readonly x: Value
  readonly y: Value
  readonly found: Found
}

/** Inputs, and what nodes give, in order. */
function valuesOf({ inputs, nodes }: Graph): Value[] {
  const all = [...inputs.map(({ value }) => value), ...nodes.flatMap(({ outputs }) => outputs)]
  return all.filter(({ dtype, shape }) => dtype === 'float32' && shape.length > 0)
}

/** The function that leads from a value to another. */
function functionOf(x: Value, y: Value): Found | undefined {
  if (y.dtype !== 'float32') return undefined
  const given = (number: number) => numberOf(y, new Map([[x, number]]))
  for (const [name, meaning] of Object.entries(activationFunctions)) {
    const numbers = meaning.fit === undefined ? {} : meaning.fit(given)
    if (numbers === undefined) continue
    const found = { name, numbers, meaning }
    if (isFunction(given, found, () => constantsOf(y, [x]))) return found
  }
  return undefined
}

interface Derivative {
  readonly dx: Value
  readonly dy: Value
}

/** What is computed of the slope of a function and another value as their product. */
function derivatives(
  { x, found }: Applied,
  given: readonly Value[],
  readers: ReadonlyMap<Value, readonly Node[]>,
): Derivative[] {
  const own = new Set([x, ...given])
  const others = new Set<Value>()
  for (const value of own) {
    for (const { inputs } of readers.get(value) ?? []) {
      for (const other of inputs) {
        if (other === undefined || own.has(other) || uniformValue(other) !== undefined) continue
        if (other.dtype !== 'float32' || !sameShape(other.shape, x.shape)) continue
        for (const each of scalesOf(other)) others.add(each)
      }
    }
  }
  return [...others].flatMap((dy) =>
    pointwiseOf([x, dy], readers)
      .filter((dx) => dx.dtype === 'float32' && isDerivative({ x, dy, dx }, found))
      .map((dx) => ({ dx, dy })),
  )
}

/** A value, and what it is times a number. */
function scalesOf(value: Value): Value[] {
  const { op, domain, inputs } = value.node ?? {}
  if (domain !== 'tfjs' || !SCALES.has(op!)) return [value]
  const [a, b] = inputs as [Value, Value | undefined]
  const scaled = b === undefined || uniformValue(b) !== undefined ? a : b
  const isScale = b === undefined || uniformValue(b) !== undefined || uniformValue(a) !== undefined
  return isScale && sameShape(scaled.shape, value.shape) ? [...scalesOf(scaled), value] : [value]
}

const SCALES: ReadonlySet<string> = new Set(['Multiply', 'RealDiv', 'Neg'])

function isDerivative({ x, dy, dx }: Derivative & { readonly x: Value }, found: Found): boolean {
  const given = (place: number, factor: number) =>
    numberOf(
      dx,
      new Map([
        [x, place],
        [dy, factor],
      ]),
    )
  return isSlope(given, found, () => constantsOf(dx, [x, dy]))
}

function activation({ x, y, found }: Applied): Node {
  const { scope } = y.node!
  return kernelNode('Activation', { x }, [y], { attrs: attrsOf(found), scope })
}

function derivative({ x, y, found }: Applied, dx: Value, dy: Value): Node[] {
  const { scope } = dx.node!
  const known: Record<Known, Value> = { x, y }
  const given = Object.fromEntries(found.meaning.slopeFrom.map((name) => [name, known[name]]))
  const slope = createValue(x.shape, x.dtype)
  return [
    kernelNode('ActivationSlope', given, [slope], { attrs: attrsOf(found), scope }),
    kernelNode('Multiply', { a: dy, b: slope }, [dx], { scope }),
  ]
}

function attrsOf({ name, numbers }: Found) {
  return { function: name, ...numbers }
}
