import type { WeightNumbers } from '@ashlar/core'
import { uniqueNames } from '@ashlar/core'
import { AshlarError, ConfigError, ExportError } from '@ashlar/errors'
import { isCapturing, layersAreObserved, markLayerOutput, scope } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { fanInOf } from '../model.ts'
import type { ExportSource, InputSpec, InputSpecs, NamedTensors } from '../source.ts'
import { refuseChannelsFirst } from './channels-first.ts'
import { executorOf, type GraphNode } from './executor.ts'
import { keepKept } from './keep-kept.ts'
import { withNodeScopes } from './node-scopes.ts'
import { recordGraph } from './recording.ts'

/** A tensor in the signature of a SavedModel. */
interface SignatureEntry {
  readonly name: string
  readonly dtype?: string
  readonly tensorShape?: { readonly dim?: readonly { readonly size?: string | number }[] }
}

/** An input or output: its name in the file, and where it is in the graph. */
interface Place {
  readonly name: string
  readonly node: GraphNode
  /** The node's name, with the index of its output where it is not the first. */
  readonly address: string
  readonly entry?: SignatureEntry
}

/**
 * A tfjs GraphModel as it can be exported, with the names of its signature where it has one. Nodes of the graph are its layers.
 *
 * @throws ExportError for ops that tfjs itself does not know, by name.
 * @throws ConfigError when the graph does not say what shapes it takes, and no `inputs` are given.
 */
export function graphModelSource(
  network: tf.GraphModel,
  inputs: InputSpecs | undefined,
  name = 'GraphModel',
): ExportSource {
  const executor = executorOf(network)
  const { graph } = executor
  const signature = network.modelSignature as {
    readonly inputs?: Readonly<Record<string, SignatureEntry>>
    readonly outputs?: Readonly<Record<string, SignatureEntry>>
  } | null
  const ins = places(graph.nodes, signature?.inputs, graph.inputs, 'input')
  const outs = places(graph.nodes, signature?.outputs, graph.outputs, 'output')
  const nodes = inOrder(outs.map(({ node }) => node))
  refuseUnknown(name, nodes)
  refuseChannelsFirst(name, nodes)
  const specs = inputs ?? declaredInputs(ins)
  const names = Object.keys(specs)
  checkNames(name, specs, ins)
  // Loops run their nodes several times; such a graph has no one output of each.
  const deciding = nodes.filter(({ category, op }) => WAITING.has(op) || category === 'dynamic')
  const waits = deciding.length > 0
  const layers = waits ? [] : nodes.filter(({ op }) => !NOT_LAYERS.has(op)).map((node) => node.name)
  return {
    name,
    inputs: specs,
    weights: () => constantsOf(network),
    moveWeights: (move) => moveConstants(network, move),
    run: (tensors) => {
      const feeds = Object.fromEntries(
        ins.map(({ name: key, address }, index) => [
          address,
          tensors[key] ?? tensors[names[index]!]!,
        ]),
      )
      const addresses = outs.map(({ address }) => address)
      const observed = layersAreObserved() ? layers : []
      const named = (result: tf.Tensor | tf.Tensor[]): NamedTensors => {
        const list = Array.isArray(result) ? result : [result]
        for (const [index, layer] of observed.entries()) {
          const tensor = list[addresses.length + index]
          if (tensor) scope(layer, () => markLayerOutput(tensor))
        }
        return Object.fromEntries(outs.map((out, index) => [out.name, list[index]!]))
      }
      const wanted = [...addresses, ...observed]
      if (!waits) return named(withNodeScopes(nodes, () => network.execute(feeds, wanted)))
      return isCapturing()
        ? recordGraph(executor, feeds, wanted).then(named, (cause: unknown) => {
            throw cause instanceof AshlarError ? undecided(name, deciding, cause) : cause
          })
        : keepKept(async () => [await network.executeAsync(feeds, wanted)].flat()).then(named)
    },
  }
}

/**
 * Weights and other constants, which a graph does not tell apart. A single number may be any but for what its outputs come to; a mask has one infinity beside
 * finite numbers.
 */
function* constantsOf({ weights }: tf.GraphModel): Generator<WeightNumbers> {
  for (const [name, tensors] of Object.entries(weights)) {
    for (const tensor of tensors) {
      if (tensor.dtype !== 'float32' || tensor.size === 1) continue
      yield {
        name,
        data: tensor.dataSync() as Float32Array,
        fanIn: fanInOf(tensor.shape),
        infinities: 'bounds',
      }
    }
  }
}

/** See `ExportSource.moveWeights`: constants of one number are exact, as those of a formula are. */
function moveConstants(
  { weights }: tf.GraphModel,
  move: (name: string, data: Float32Array) => Float32Array,
): () => void {
  const before: { name: string; at: number; tensor: tf.Tensor }[] = []
  for (const [name, tensors] of Object.entries(weights)) {
    for (const [at, tensor] of tensors.entries()) {
      if (tensor.dtype !== 'float32' || tensor.size === 1) continue
      before.push({ name, at, tensor })
      const data = move(name, tensor.dataSync() as Float32Array)
      tensors[at] = tf.keep(tf.tensor(data, tensor.shape, 'float32'))
    }
  }
  return () => {
    for (const { name, at, tensor } of before) {
      weights[name]![at]!.dispose()
      weights[name]![at] = tensor
    }
  }
}

/** Says which ops made the graph one that is not simply run from front to back. */
function undecided(name: string, deciding: readonly GraphNode[], cause: AshlarError): ExportError {
  const ops = [...new Set(deciding.map(({ op }) => op))].join(', ')
  return new ExportError({
    where: `export of ${name}`,
    expected: `what the graph decides by numbers must have a meaning in ONNX; it has ${ops} (node ${deciding[0]!.name})`,
    hint: cause.message,
    cause,
  })
}

/** Ops that decide at run time what runs next. */
const WAITING: ReadonlySet<string> = new Set([
  'Switch',
  'Merge',
  'Enter',
  'Exit',
  'NextIteration',
  'If',
  'StatelessIf',
  'While',
  'StatelessWhile',
])

/** Nodes that compute nothing, or control the order of others. */
const NOT_LAYERS: ReadonlySet<string> = new Set([
  'Const',
  'NoOp',
  'Placeholder',
  'PlaceholderWithDefault',
  'Identity',
])

function places(
  nodes: Readonly<Record<string, GraphNode>>,
  signature: Readonly<Record<string, SignatureEntry>> | undefined,
  found: readonly GraphNode[],
  fallback: string,
): Place[] {
  const entries = Object.entries(signature ?? {}).flatMap(([key, entry]) => {
    const [nodeName = '', index = '0'] = entry.name.split(':')
    const node = nodes[nodeName]
    if (node === undefined) return []
    const address = index === '0' ? nodeName : `${nodeName}:${index}`
    return [{ key, node, address, entry }]
  })
  const all =
    entries.length > 0
      ? entries
      : found.map((node) => ({ key: node.name, node, address: node.name, entry: undefined }))
  const names = uniqueNames(all.map(({ key }) => key.split(':')[0]! || fallback))
  return all.map(({ node, address, entry }, index) => ({
    name: names[index]!,
    node,
    address,
    ...(entry && { entry }),
  }))
}

/** Every node that outputs need, inputs first. Follows no recursion: a graph may be long. */
function inOrder(outputs: readonly GraphNode[]): GraphNode[] {
  const order: GraphNode[] = []
  const state = new Map<GraphNode, 'open' | 'done'>()
  const stack = [...outputs]
  while (stack.length > 0) {
    const node = stack.at(-1)!
    if (state.get(node) === undefined) {
      state.set(node, 'open')
      stack.push(...node.inputs.filter((input) => input && state.get(input) === undefined))
      continue
    }
    stack.pop()
    if (state.get(node) === 'open') order.push(node)
    state.set(node, 'done')
  }
  return order
}

function refuseUnknown(name: string, nodes: readonly GraphNode[]): void {
  const unknown = nodes.filter(({ category }) => category === undefined)
  if (unknown.length === 0) return
  const ops = [...new Set(unknown.map(({ op }) => op))]
  throw new ExportError({
    where: `export of ${name}`,
    expected: `TensorFlow.js must know every op of the graph; it has no ${ops.join(', ')} (node ${unknown[0]!.name})`,
    hint: 'Register what the op does: tf.registerOp(name, (node) => ...).',
  })
}

function declaredInputs(ins: readonly Place[]): InputSpecs {
  return Object.fromEntries(
    ins.map((place): [string, InputSpec] => [
      place.name,
      { shape: shapeOf(place), dtype: dtypeOf(place) },
    ]),
  )
}

function shapeOf({ name, node, entry }: Place): (number | null)[] {
  const declared = entry?.tensorShape?.dim?.map(({ size }) => Number(size ?? -1))
  const placeholder = node.attrParams.shape?.value as readonly number[] | undefined
  const shape = declared && declared.length > 0 ? declared : placeholder
  if (Array.isArray(shape)) return shape.map((size) => (size >= 0 ? size : null))
  throw new ConfigError({
    where: 'exportOnnx',
    expected: `\`inputs\` must be given: the graph does not say which shape ${name} has`,
    hint: `For example { ${name}: { shape: [null, 224, 224, 3] } }, on the command line --input ${name}=?,224,224,3.`,
  })
}

function dtypeOf({ name, node, entry }: Place): 'float32' | 'int32' | 'bool' {
  const dtype = node.attrParams.dtype?.value ?? DTYPES[entry?.dtype ?? '']
  if (dtype === undefined || dtype === 'float32' || dtype === 'int32' || dtype === 'bool') {
    return dtype ?? 'float32'
  }
  throw new ExportError({
    where: 'exportOnnx',
    expected: `input ${name} must be of float32, int32 or bool`,
    given: dtype,
  })
}

const DTYPES: Readonly<Record<string, string>> = {
  DT_FLOAT: 'float32',
  DT_INT32: 'int32',
  DT_BOOL: 'bool',
  DT_STRING: 'string',
}

/** Inputs may be renamed by their order, or given by their names in any order. */
function checkNames(name: string, specs: InputSpecs, ins: readonly Place[]): void {
  const given = Object.keys(specs)
  if (given.length === ins.length) return
  throw new ConfigError({
    where: `export of ${name}`,
    expected: `\`inputs\` must be those of the graph: ${ins.map((each) => each.name).join(', ')}`,
    given,
  })
}
