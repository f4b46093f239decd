import { erf } from '@ashlar/graph'
import type { OnnxNode } from '../file/graph.ts'
import { isFloat, typeOf } from '../file/types.ts'

/** Numbers along the last axis; a single one stands for any number of equal ones. */
export type Row = readonly number[]

const unary: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Cast: (x) => x,
  CastLike: (x) => x,
  Erf: erf,
  Exp: Math.exp,
  Identity: (x) => x,
  Neg: (x) => -x,
  Reciprocal: (x) => 1 / x,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Sqrt: Math.sqrt,
  Tanh: Math.tanh,
}

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Div: (a, b) => a / b,
  Mul: (a, b) => a * b,
  Pow: (a, b) => a ** b,
  Sub: (a, b) => a - b,
}

/** Whether {@link computeNode} knows a node, the mean over the last axis included. */
export function isArithmetic(node: OnnxNode): boolean {
  const { op, domain, attributes } = node
  if (domain !== '') return false
  if (op === 'Cast') {
    const type = typeOf(attributes.get('to') as number)
    return type !== undefined && isFloat(type)
  }
  if (op === 'ReduceMean') return attributes.get('keepdims') !== 0
  return Object.hasOwn(unary, op) || Object.hasOwn(binary, op)
}

/** Inputs whose numbers count: of a mean, not its axes; of CastLike, not what says a type alone. */
export function flowsOf({ op, inputs }: OnnxNode): readonly string[] {
  return op === 'ReduceMean' || op === 'CastLike' ? inputs.slice(0, 1) : inputs
}

/** What a node gives, in double precision; undefined for one that is no such arithmetic. */
export function computeNode(node: OnnxNode, inputs: readonly Row[]): Row | undefined {
  if (!isArithmetic(node)) return undefined
  const [a, b] = inputs as [Row, Row | undefined]
  const one = unary[node.op]
  if (one !== undefined) return a.map(one)
  const two = binary[node.op]
  if (two === undefined) return [meanOf(a)]
  if (b === undefined) return undefined
  const at = (row: Row, index: number) => row[row.length === 1 ? 0 : index]!
  const count = Math.max(a.length, b.length)
  return Array.from({ length: count }, (_, index) => two(at(a, index), at(b, index)))
}

/** The mean of some numbers. */
export function meanOf(row: Row): number {
  return row.reduce((sum, each) => sum + each, 0) / row.length
}
