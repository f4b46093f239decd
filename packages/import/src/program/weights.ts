import type { OnnxGraph, OnnxNode } from '../file/graph.ts'
import type { FileTensor } from '../file/tensor.ts'
import { isFloat } from '../file/types.ts'
import { findOperator, readAttributes } from '../ops/table.ts'
import { identity } from '../value/value.ts'

/** A weight of a network. */
export interface Weight {
  /** As the file names it. */
  readonly name: string
  readonly tensor: FileTensor
  /** The order that its axes are kept in. */
  readonly order: readonly number[]
  /** Whether it is a statistic: no optimizer changes it. */
  readonly isStatistic: boolean
  /** The layer that it belongs to, and what that calls it. */
  readonly layer: string
  readonly ownName: string
}

/** Weights of a network by name. Floats that compute with what flows through it; what says shapes, axes or limits is none, nor is a single number of the arithmetic. */
export function findWeights(
  graph: OnnxGraph,
  nodes: readonly OnnxNode[],
  opsets: ReadonlyMap<string, number>,
): Map<string, Weight> {
  const uses = new Map<string, { readonly node: OnnxNode; readonly index: number }[]>()
  for (const node of nodes) {
    for (const [index, name] of node.inputs.entries()) {
      if (!graph.initializers.has(name)) continue
      const list = uses.get(name)
      if (list === undefined) uses.set(name, [{ node, index }])
      else list.push({ node, index })
    }
  }
  const weights = new Map<string, Weight>()
  const taken = new Set<string>()
  for (const [name, list] of uses) {
    const tensor = graph.initializers.get(name)!
    if (!isFloat(tensor.type) || !isParameter(name, tensor)) continue
    let isConstant = false
    let isStatistic = false
    const orders = new Set<string>()
    for (const { node, index } of list) {
      const found = findOperator(node, opsets)
      const { constants = [], statistics = [], weightOrders } = found ?? {}
      if (constants === 'all' || constants.includes(index)) isConstant = true
      if (statistics.includes(index)) isStatistic = true
      const attributes = found === undefined ? {} : readAttributes(node, found)
      const order = weightOrders?.({ attributes })[index]?.(tensor.shape.length)
      orders.add((order ?? identity(tensor.shape.length)).join())
    }
    if (isConstant) continue
    const [order] = orders.size === 1 ? [...orders] : [identity(tensor.shape.length).join()]
    const { layer, ownName } = uniquePlace(placeOf(name, list[0]!.node), taken)
    weights.set(name, {
      name,
      tensor,
      order: order === '' ? [] : order!.split(',').map(Number),
      isStatistic,
      layer,
      ownName,
    })
  }
  return weights
}

/** One number of an exporter's making is part of the arithmetic, such as the root that scores are divided by; one with the name of a layer is a weight. */
function isParameter(name: string, { shape, data }: FileTensor): boolean {
  const count = shape.reduce((product, size) => product * size, 1)
  if (count === 0) return false
  if (count === 1 && !/[^.]\.[A-Za-z_]\w*$/.test(name)) return false
  // Masks are constants.
  return areFinite(data as Float32Array)
}

function areFinite(numbers: Float32Array): boolean {
  // Of a number that is not finite the product is NaN, and with it the sum: millions of numbers are gone through without a call for each.
  let zero = 0
  for (let index = 0; index < numbers.length; index++) zero += numbers[index]! * 0
  return zero === 0
}

/** A weight's layer and its own name: from its name where that has parts, from the node that takes it otherwise. */
function placeOf(name: string, node: OnnxNode): { layer: string; ownName: string } {
  const parts = pathOf(name).split('.')
  const ownName = plain(parts.at(-1)!) || 'weight'
  if (parts.length > 1) return { layer: parts.slice(0, -1).join('.'), ownName }
  return { layer: pathOf(node.name) || node.op, ownName }
}

/** TensorFlow.js takes no other characters in names of variables, and numbers are the names of those that have none. */
function plain(name: string): string {
  const known = name.replaceAll(/[^\w-]/g, '_').replace(/^[_-]+/, '')
  return /^\d+$/.test(known) ? `weight_${known}` : known
}

/** A name as a path of layers: slashes part it as dots do. */
export function pathOf(name: string): string {
  return name
    .split(/[./]/)
    .filter((part) => part !== '')
    .join('.')
}

function uniquePlace(
  place: { layer: string; ownName: string },
  taken: Set<string>,
): { layer: string; ownName: string } {
  let { ownName } = place
  for (let count = 1; taken.has(`${place.layer}.${ownName}`); count++)
    ownName = `${place.ownName}_${count}`
  taken.add(`${place.layer}.${ownName}`)
  return { layer: place.layer, ownName }
}
