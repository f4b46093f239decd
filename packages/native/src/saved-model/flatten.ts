import { DataError } from '@ashlar/errors'
import { type ArgDef, attrOf, type FunctionDef, type NodeDef, type OpDef } from './graph-def.ts'

/** Operations that only call a function. */
const CALLS = ['PartitionedCall', 'StatefulPartitionedCall']

/** A node of the flat graph; its inputs are `node` or `node:1`. */
export interface FlatNode extends NodeDef {
  /** Of the operation in the file, for messages. */
  readonly path: string
}

/** A graph without functions. */
export interface FlatGraph {
  /** In an order in which each comes after its inputs. */
  readonly nodes: readonly FlatNode[]
  /** The tensors that were asked for, in that order. */
  readonly outputs: readonly string[]
}

/** What a graph is flattened with. */
export interface GraphParts {
  readonly nodes: readonly NodeDef[]
  readonly functions: readonly FunctionDef[]
  /** Declarations of the operations that are used. */
  readonly ops: readonly OpDef[]
}

/** Where references are looked up: the main graph or one call of a function. */
interface Scope {
  readonly prefix: string
  readonly nodes: ReadonlyMap<string, NodeDef>
  /** Flat tensors of a function's arguments; `undefined` in the main graph, whose references are written differently. */
  readonly inputs: ReadonlyMap<string, string> | undefined
}

/**
 * Puts the bodies of functions in the place of their calls, and keeps only what the outputs need.
 *
 * @param where the model, for messages.
 * @throws DataError when the graph refers to what is not there, or calls itself.
 */
export function flatten(parts: GraphParts, outputs: readonly string[], where: string): FlatGraph {
  const functions = new Map(parts.functions.map((each) => [each.signature.name, each]))
  const ops = new Map(parts.ops.map((each) => [each.name, each]))
  const flat = new Map<string, FlatNode>()
  /** Results of calls by the call's flat name, output by output. */
  const called = new Map<string, readonly string[]>()
  const open = new Set<string>()

  const refuse = (expected: string, given: string) => new DataError({ where, expected, given })

  const tensor = (scope: Scope, reference: string): string => {
    const [name = '', ...rest] = reference.split(':')
    const argument = scope.inputs?.get(name)
    if (argument !== undefined) return argument
    const node = scope.nodes.get(name)
    if (node === undefined) throw refuse('every input must be a node of the graph', reference)
    const index =
      scope.inputs === undefined || rest.length < 2
        ? Number(rest[0] ?? 0)
        : outputIndex(node, rest[0]!) + Number(rest[1])
    if (CALLS.includes(node.op)) return call(scope, node)[index]!
    const path = add(scope, node)
    return index === 0 ? path : `${path}:${index}`
  }

  const add = (scope: Scope, node: NodeDef): string => {
    const path = scope.prefix + node.name
    if (flat.has(path)) return path
    if (open.has(path)) throw refuse('the graph must have no circles', path)
    open.add(path)
    const inputList = dataInputs(node).map((input) => tensor(scope, input))
    open.delete(path)
    const attrMap = withDefaults(node, ops.get(node.op))
    flat.set(path, { ...node, name: path, inputList, attrMap, path })
    return path
  }

  const call = (scope: Scope, node: NodeDef): readonly string[] => {
    const path = scope.prefix + node.name
    const known = called.get(path)
    if (known !== undefined) return known
    const name = attrOf(node, 'f')?.func?.name ?? ''
    const body = functions.get(name)
    if (body === undefined) throw refuse('every function that is called must be there', name)
    if (open.has(path)) throw refuse('no function may call itself', name)
    open.add(path)
    const given = dataInputs(node).map((input) => tensor(scope, input))
    const inner: Scope = {
      prefix: `${path}/`,
      nodes: new Map(body.nodeDefList.map((each) => [each.name, each])),
      inputs: new Map(body.signature.inputArgList.map((each, i) => [each.name, given[i]!])),
    }
    const results = new Map(body.retMap)
    const found = body.signature.outputArgList.map((each) =>
      tensor(inner, results.get(each.name) ?? each.name),
    )
    open.delete(path)
    called.set(path, found)
    return found
  }

  const outputIndex = (node: NodeDef, name: string): number => {
    const op = ops.get(node.op)
    const at = op?.outputArgList.findIndex((each) => each.name === name) ?? -1
    if (op === undefined || at === -1) {
      throw refuse(`the operation ${node.op} must declare its outputs`, `${node.name}:${name}`)
    }
    const full = { ...node, attrMap: withDefaults(node, op) }
    return op.outputArgList.slice(0, at).reduce((sum, each) => sum + lengthOf(each, full), 0)
  }

  const main: Scope = {
    prefix: '',
    nodes: new Map(parts.nodes.map((each) => [each.name, each])),
    inputs: undefined,
  }
  const tensors = outputs.map((output) => tensor(main, output))
  return { nodes: [...flat.values()], outputs: tensors }
}

/** TensorFlow leaves attributes out that are what they are by default. */
function withDefaults(node: NodeDef, op: OpDef | undefined): NodeDef['attrMap'] {
  const missing = (op?.attrList ?? []).flatMap(({ name, defaultValue }) =>
    defaultValue === undefined || attrOf(node, name) !== undefined
      ? []
      : [[name, defaultValue] as const],
  )
  return [...node.attrMap, ...missing]
}

/** Inputs without those that only order. */
function dataInputs({ inputList }: NodeDef): string[] {
  return inputList.filter((input) => !input.startsWith('^'))
}

/** How many tensors an output stands for. */
function lengthOf({ numberAttr, typeListAttr }: ArgDef, node: NodeDef): number {
  if (numberAttr) return attrOf(node, numberAttr)?.i ?? 1
  return typeListAttr ? (attrOf(node, typeListAttr)?.list?.typeList.length ?? 0) : 1
}
