import { type CallArgs, Model, type Provenance, type Shape } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { LAYOUT_KEY } from '@ashlar/export/inspect'
import type * as tf from '@tensorflow/tfjs'
import type { OnnxFile, OnnxNode, OnnxPort } from '../file/graph.ts'
import { constantValue } from '../ops/constants.ts'
import { checkNodes, checkOutputs } from '../program/check.ts'
import { findCut, neededNodes } from '../program/prepare.ts'
import { recognise } from '../program/recognise.ts'
import { type Outputs, type RunOptions, runNodes, Scope } from '../program/run.ts'
import { findWeights, type Weight } from '../program/weights.ts'
import type { Value } from '../value/value.ts'
import { Head, type HeadOptions } from './head.ts'
import { firstSize, type InputOptions, type PortOptions, readInput, shapeOfPort } from './inputs.ts'
import { notesOf } from './notes.ts'
import { OnnxLayer } from './onnx-layer.ts'

/** How a file becomes a model. */
export interface OnnxModelOptions extends InputOptions {
  /** Default: the name of the graph. */
  readonly name?: string | undefined
  /** The layer, node or value that the network ends at, or the place of a node (from the end where below 0). By default the outputs of the file. */
  readonly output?: string | number | undefined
  /** A new classifier on what the network gives. */
  readonly head?: HeadOptions | undefined
  /** What batch norms do in training: take the batch's statistics (default), or stay as they are. */
  readonly batchNorm?: 'train' | 'frozen' | undefined
}

/** A place where a network can be cut. */
export interface CutPlace {
  /** Of the node, in the order of the file. */
  readonly index: number
  readonly name: string
  readonly op: string
  /** What the node gives. */
  readonly value: string
  /** The layer whose weights the node takes. */
  readonly layer: string | undefined
  /** Of what it gives, as the file has it; `null` stands for the batch. */
  readonly shape: readonly (number | null)[]
}

/**
 * A network of an ONNX file: its floats are weights under their names, each group of them a layer, and its call is TensorFlow.js code. It trains, exports and serves as any
 * model does.
 */
export class OnnxModel extends Model {
  /**
   * The shape of the file, which it is built for from the beginning, is what it takes first: pictures may be of another size where they are brought to that, and gray.
   *
   * @throws ShapeError for another shape; then it stays as it was.
   */
  override build(inputShape: Parameters<Model['build']>[0]): void {
    const before = this.inputShape
    const isOther =
      Array.isArray(inputShape) && String(inputShape.slice(1)) !== String(before?.slice(1))
    if (!this.built || before === undefined || !isOther || Array.isArray(before[0])) {
      super.build(inputShape)
      return
    }
    this.built = false
    try {
      super.build(inputShape)
    } catch (error) {
      this.built = false
      super.build(before)
      throw error
    }
  }

  /** What should be known of how the file is read. */
  readonly notes: readonly string[]
  readonly #file: OnnxFile
  readonly #options: OnnxModelOptions
  /** As the file has them. */
  readonly #written: readonly OnnxNode[]
  /** What is run: some of them together as the operators that they mean. */
  readonly #nodes: readonly OnnxNode[]
  readonly #outputs: readonly string[]
  /** The layers of the file, by name: what tells a change of them from outside looks through fields. */
  readonly parts: Record<string, OnnxLayer> = {}
  readonly #layerOf = new Map<OnnxNode, OnnxLayer>()
  #trace: ((node: OnnxNode, outputs: Outputs) => void) | undefined
  /** The new classifier, where there is one. */
  readonly head: Head | undefined

  constructor(file: OnnxFile, options: OnnxModelOptions = {}, weightsOf?: OnnxModel) {
    super({ name: options.name ?? (file.graph.name || 'onnx') })
    this.#file = file
    this.#options = options
    const { graph, opsets } = file
    const { output, head } = options
    const ends = graph.outputs.map(({ name }) => name)
    const all = output === undefined ? undefined : weightNodes(file)
    this.#outputs = output === undefined ? ends : [findCut(file, output, all!)]
    this.#written = neededNodes(graph, this.#outputs)
    checkOutputs(file, this.#outputs)
    checkNodes(file.path, this.#written, opsets)
    const weights = findWeights(graph, this.#written, opsets)
    this.#makeLayers(weights, weightsOf)
    const { nodes, parts } = recognise(graph, this.#written, this.#outputs)
    this.#nodes = nodes
    for (const [node, given] of parts) {
      const layer = given.map((each) => this.#layerOf.get(each)).find((each) => each !== undefined)
      if (layer !== undefined) this.#layerOf.set(node, layer)
    }
    this.head = head === undefined ? undefined : new Head(head)
    this.notes = notesOf(file)
    if (options.batchNorm === 'frozen') {
      for (const layer of Object.values(this.parts)) {
        if (layer.fileWeights.some(({ isStatistic }) => isStatistic)) layer.trainable = false
      }
    }
    const shapes = graph.inputs.map((port) => shapeOfPort(port, portOptions(file, options)))
    if (shapes.length > 0 && shapes.every((each) => each !== undefined)) {
      this.build(shapes.length === 1 ? shapes[0]! : shapes)
    }
  }

  #makeLayers(weights: ReadonlyMap<string, Weight>, from: OnnxModel | undefined): void {
    const groups = new Map<string, Weight[]>()
    for (const weight of weights.values()) {
      const group = groups.get(weight.layer)
      if (group === undefined) groups.set(weight.layer, [weight])
      else group.push(weight)
    }
    const ops = new Map<string, Set<string>>()
    const layerNames = new Map<OnnxNode, string>()
    for (const node of this.#written) {
      const weight = node.inputs.map((name) => weights.get(name)).find((each) => each !== undefined)
      if (weight === undefined) continue
      layerNames.set(node, weight.layer)
      const list = ops.get(weight.layer) ?? new Set()
      ops.set(weight.layer, list.add(node.op))
    }
    for (const [name, group] of groups) {
      const layer =
        from?.layerNamed(name) ?? new OnnxLayer(name, [...(ops.get(name) ?? [])].join('+'), group)
      this.parts[name] = layer
    }
    for (const [node, name] of layerNames) this.#layerOf.set(node, this.parts[name]!)
  }

  /** What should be known of how the file is read. */
  provenance(): Provenance {
    return { notes: this.notes }
  }

  override getClassName(): string {
    return 'OnnxModel'
  }

  /** The layers of the file, under the names that their weights begin with; a new head last. */
  *children(): Generator<[string, tf.layers.Layer]> {
    yield* Object.entries(this.parts)
    if (this.head !== undefined) yield ['head', this.head]
  }

  /** One of the layers of the file. */
  layerNamed(name: string): OnnxLayer | undefined {
    return Object.hasOwn(this.parts, name) ? this.parts[name] : undefined
  }

  /** The file that it was made of. */
  get file(): OnnxFile {
    return this.#file
  }

  /** How it was made. */
  get options(): OnnxModelOptions {
    return this.#options
  }

  /** Names, shapes and types of what it takes and gives, for an exported file. */
  override signature(): ReturnType<Model['signature']> {
    const { inputs } = this.#file.graph
    const built = this.inputShape
    const shapes =
      built === undefined
        ? undefined
        : ((inputs.length === 1 ? [built] : built) as readonly Shape[])
    const ports = portOptions(this.#file, this.#options)
    const shapeAt = (port: OnnxPort, index: number) => {
      const made = shapes?.[index]
      // TensorFlow.js takes the first axis of everything for the batch.
      if (made !== undefined) return [firstSize(port, ports) ?? made[0]!, ...made.slice(1)]
      return port.shape?.map((size) => (typeof size === 'number' ? size : null))
    }
    return {
      inputs: inputs.map((port, index) => ({
        name: port.name,
        shape: shapeAt(port, index),
        dtype:
          port.type === undefined || port.type.includes('float')
            ? 'float32'
            : port.type === 'bool'
              ? 'bool'
              : 'int32',
      })),
      outputs: this.head !== undefined ? ['output'] : [...this.#outputs],
      isForeign: true,
    }
  }

  /**
   * Where the network can be cut: its nodes in their order, with the shape of what each gives for one sample.
   *
   * @param inputShape needed where the file leaves more free than the batch.
   */
  cuts(inputShape?: Shape): CutPlace[] {
    const found: CutPlace[] = []
    const shape = inputShape ?? this.inputShape
    if (shape === undefined) {
      throw new ConfigError({
        where: `${this.name}.cuts`,
        expected: 'the shape of an input must be given: the file leaves it free',
      })
    }
    this.#trace = (node, outputs) => {
      const first = outputs[0]
      if (first?.isTensor) {
        const index = this.#file.graph.nodes.indexOf(node)
        const layer = this.#layerOf.get(node)?.name
        const own = [null, ...first.shape.slice(1)]
        found.push({
          index,
          name: node.name,
          op: node.op,
          value: node.outputs[0]!,
          layer,
          shape: own,
        })
      }
    }
    try {
      this.computeOutputShape(shape)
    } finally {
      this.#trace = undefined
    }
    return found
  }

  override call(given: tf.Tensor | tf.Tensor[], kwargs: CallArgs): tf.Tensor | tf.Tensor[] {
    const results = this.#run([given].flat(), kwargs.training === true)
    if (this.head !== undefined) {
      const features = this.head.pool(results[0]!)
      return this.head.apply(features)
    }
    const tensors = results.map((value) => value.plain())
    return tensors.length === 1 ? tensors[0]! : tensors
  }

  #run(given: readonly tf.Tensor[], training: boolean): Value[] {
    const { graph, opsets } = this.#file
    if (given.length !== graph.inputs.length) {
      throw new ConfigError({
        where: this.name,
        expected: `must be given its ${graph.inputs.length} inputs: ${graph.inputs.map(({ name }) => name).join(', ')}`,
        given: given.length,
      })
    }
    const scope = new Scope()
    const weights = new Set<string>()
    for (const layer of Object.values(this.parts)) {
      for (const [name, value] of layer.values()) {
        scope.set(name, value)
        weights.add(name)
      }
    }
    for (const [name, tensor] of graph.initializers) {
      if (!weights.has(name)) scope.set(name, constantValue(tensor))
    }
    const ports = portOptions(this.#file, this.#options)
    for (const [index, port] of graph.inputs.entries()) {
      scope.set(port.name, readInput(given[index]!, port, ports))
    }
    const options: RunOptions = {
      ...{ opsets, training },
      within: (node, inputs, run) => {
        const outputs = this.#within(node, inputs, run, training)
        this.#trace?.(node, outputs)
        return outputs
      },
      update: (name, value) => {
        for (const layer of Object.values(this.parts)) if (layer.update(name, value)) return
      },
    }
    runNodes(this.#trace === undefined ? this.#nodes : this.#written, scope, options)
    return this.#outputs.map((name) => scope.get(name)!)
  }

  #within(
    node: OnnxNode,
    inputs: readonly (Value | undefined)[],
    run: (inputs: readonly (Value | undefined)[], training: boolean) => Outputs,
    training: boolean,
  ): Outputs {
    const layer = this.#layerOf.get(node)
    const flows = inputs.filter(
      (value, index): value is Value =>
        value?.isTensor === true && !this.#file.graph.initializers.has(node.inputs[index]!),
    )
    if (layer === undefined || flows.length === 0) return run(inputs, training)
    return layer.runNode(inputs, flows, run)
  }
}

/** How inputs are read, and what the file says of them. */
function portOptions({ metadata, graph }: OnnxFile, options: InputOptions): PortOptions {
  const said = metadata.get(LAYOUT_KEY)
  const batch = graph.inputs[0]?.shape?.[0]
  return { ...options, batch, ...((said === 'nhwc' || said === 'nchw') && { fileLayout: said }) }
}

/** Layers by the nodes that have weights in them, of the whole file. */
function weightNodes({ graph, opsets }: OnnxFile): Map<OnnxNode, string> {
  const weights = findWeights(graph, graph.nodes, opsets)
  const found = new Map<OnnxNode, string>()
  for (const node of graph.nodes) {
    const weight = node.inputs.map((name) => weights.get(name)).find((each) => each !== undefined)
    if (weight !== undefined) found.set(node, weight.layer)
  }
  return found
}
