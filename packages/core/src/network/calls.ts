import { AshlarError, EngineError, ShapeError } from '@ashlar/errors'
import {
  capturedKernels,
  capturedValue,
  isCapturing,
  markLayerOutput,
  onHost,
  scope,
  type Value,
} from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { childrenOf, isContainer, join, plainName } from './children.ts'
import { internals, type LayerInternals } from './layer.ts'
import { type LayerRule, ruleOf } from './layer-rules.ts'
import { rememberLogits } from './logits.ts'
import { carryMasks, masksOf, withMasks } from './masks.ts'
import type { Mask, Tensors } from './rule-args.ts'
import { withSeed } from './seeding.ts'

/** One call of a layer, as {@link observeCalls} reports it. */
export interface LayerCall {
  readonly layer: tf.layers.Layer
  readonly path: string
  readonly inputs: readonly (readonly number[])[]
  readonly outputs: readonly (readonly number[])[]
  /** Of a call that is captured: where its kernels stand in the graph, and what it gives. */
  readonly captured?: CapturedCall | undefined
}

/** A layer's call as part of a captured graph. */
export interface CapturedCall {
  /** Place of its first kernel. */
  readonly from: number
  /** The place after its last one. */
  readonly to: number
  readonly outputs: readonly Value[]
}

/** A layer that is running or being built, and the one around it. */
interface Frame {
  readonly layer: tf.layers.Layer
  readonly children: ReadonlyMap<tf.layers.Layer, string>
  readonly path: string
  readonly training: boolean
  readonly seed: number
  readonly parent: Frame | undefined
}

/** What the outermost model says for all layers inside. */
export interface Governed {
  /** Governs the initial weights. */
  readonly seed: number
}

let current: Frame | undefined
let observer: ((call: LayerCall) => void) | undefined

const joined = new WeakSet<tf.layers.Layer>()

/**
 * Makes a layer part of the models it is called from: it takes `training` from them, names what it computes by its path,
 * seeds its weights by their path, and puts its path into errors. Called outside any model, it is a plain tfjs layer.
 *
 * @param governed set for a Model, which begins a tree of its own when it is called from outside any model.
 */
export function joinCalls(layer: tf.layers.Layer, governed?: () => Governed): void {
  if (joined.has(layer)) return
  joined.add(layer)
  rememberLogits(layer)
  const rule = ruleOf(layer)
  rule?.joined?.(layer)
  const begins = () => current !== undefined || governed !== undefined
  const open = (training?: boolean) => openFrame(layer, training, governed)

  replace(layer, 'call', (call) => (given, kwargs) => {
    // Sequential and functional models hand even a single input over as a list, which every layer of tfjs unpacks.
    const inputs = governed && Array.isArray(given) && given.length === 1 ? given[0] : given
    if (!begins()) return call(inputs, kwargs)
    const named = kwargs as { training?: boolean } | undefined
    const frame = open(named?.training)
    return within(frame, () => {
      const from = capturedKernels()
      const output = blame(
        () => frame,
        inputs,
        () => callByRule(frame, rule, inputs, named, call),
      )
      // The outermost model has no path: its output keeps the name of the layer that made it.
      if (frame.path !== '') markLayerOutput(output as tf.Tensor | tf.Tensor[])
      observer?.({
        ...{ layer, path: frame.path, inputs: shapes(inputs), outputs: shapes(output) },
        captured: capturedCall(from, output as tf.Tensor | tf.Tensor[]),
      })
      return output
    })
  })
  replace(layer, 'build', (build) => (...args) => {
    if (!begins()) return build(...args)
    const frame = open()
    return within(frame, () =>
      blame(
        () => frame,
        args[0],
        () =>
          onHost(() => {
            withSeed(frame.seed, frame.path, () => {
              const shapes = rule?.builtFrom?.(args[0]) ?? args[0]
              return build(governed ? shapes : freeBatch(shapes))
            })
            rule?.built?.(layer)
          }),
      ),
    )
  })
  replace(layer, 'apply', (apply) => (...args) => {
    const inputs = args[0] as Tensors
    if (!begins() || ![inputs].flat().every((each) => each instanceof tf.Tensor)) {
      return apply(...args)
    }
    return withMasks(() => {
      const outputs = apply(...args) as Tensors
      carryMasks(layer, inputs, outputs)
      return outputs
    })
  })
  // tfjs computes masks here without those of the inputs.
  replace(
    layer,
    'setMaskMetadata',
    (set) =>
      (...args) =>
        begins() ? undefined : set(...args),
  )
  replace(layer, 'addWeight', (addWeight) => (...args) => {
    const frame = nearest((each) => each.layer === layer)
    if (frame === undefined) return addWeight(...args)
    return onHost(() =>
      withSeed(frame.seed, join(frame.path, String(args[0])), () => addWeight(...args)),
    )
  })
  replace(layer, 'assertInputCompatibility', (assert) => (...args) => {
    if (!begins()) return assert(...args)
    return blame(open, args[0], () => assert(...args))
  })
}

/** tfjs's call, or Keras's where that differs. The mask is that of the inputs, unless a model's own code gives another. */
function callByRule(
  frame: Frame,
  rule: LayerRule | undefined,
  inputs: unknown,
  named: object | undefined,
  call: Method,
): unknown {
  const { layer, parent } = frame
  if (isCapturing()) refuseRandomSize(frame)
  const training = frame.training && !keepsStatistics(layer)
  const { mask: given, ...rest } = (named ?? {}) as { mask?: Mask }
  // tfjs's networks hand a mask to layers that it does not belong to.
  const isOfNetwork = parent !== undefined && isContainer(parent.layer)
  const mask = (isOfNetwork ? undefined : given) ?? masksOf(inputs as Tensors)
  const kwargs = { ...rest, training, ...(mask !== undefined && { mask }) }
  if (rule?.call === undefined) return call(inputs, kwargs)
  return rule.call(layer, {
    inputs: inputs as Tensors,
    ...{ mask, training, kwargs },
    call: (changed = kwargs, others = inputs as Tensors) => call(others, changed) as Tensors,
  })
}

/** Layers with a generator of their own make sizes with it, which a graph must know. */
function refuseRandomSize({ layer, path }: Frame): void {
  if (!('randomGenerator' in layer)) return
  throw new EngineError({
    where: path === '' ? plainName(layer) : path,
    expected: `a ${layer.getClassName()} layer must not be captured: how large its output is is random`,
    hint: "Take augmentations of fit, which keep the size, or the engine 'tfjs'.",
  })
}

/** What it is built from says one batch size, and it must take any. */
function freeBatch(shape: unknown): unknown {
  if (!Array.isArray(shape)) return shape
  if (Array.isArray(shape[0])) return shape.map(freeBatch)
  return [null, ...(shape as unknown[]).slice(1)]
}

/** A frozen layer with statistics of its own, a batch norm, must leave them alone: it works as in inference. */
function keepsStatistics(layer: tf.layers.Layer): boolean {
  return !layer.trainable && internals(layer)._nonTrainableWeights.length > 0
}

/** Runs `fn` and reports each layer's call inside it, in the order in which they end. */
export function observeCalls<T>(listener: (call: LayerCall) => void, fn: () => T): T {
  const before = observer
  observer = listener
  try {
    return fn()
  } finally {
    observer = before
  }
}

function openFrame(
  layer: tf.layers.Layer,
  training: boolean | undefined,
  governed: (() => Governed) | undefined,
): Frame {
  if (current?.layer === layer) return { ...current, training: training ?? current.training }
  const children = childrenOf(layer)
  for (const child of children.keys()) joinCalls(child)
  const parent = current
  const name = nearest((each) => each.children.has(layer))?.children.get(layer) ?? plainName(layer)
  return {
    layer,
    children,
    path: parent === undefined ? '' : join(parent.path, name),
    training: training ?? parent?.training ?? false,
    seed: parent?.seed ?? governed?.().seed ?? 0,
    parent,
  }
}

function nearest(matches: (frame: Frame) => boolean): Frame | undefined {
  for (let frame = current; frame !== undefined; frame = frame.parent) {
    if (matches(frame)) return frame
  }
  return undefined
}

function within<T>(frame: Frame, fn: () => T): T {
  const before = current
  current = frame
  try {
    const name = frame.path.slice(before === undefined ? 0 : before.path.length).replace(/^\./, '')
    return scope(name, fn)
  } finally {
    current = before
  }
}

/** Runs a layer's own code; an error that tfjs throws gets the layer's path and the shapes it was given. */
function blame<T>(open: () => Frame, inputs: unknown, fn: () => T): T {
  try {
    return fn()
  } catch (error) {
    if (error instanceof AshlarError || !isRefusal(error)) throw error
    const frame = open()
    throw new ShapeError({
      where: frame.path === '' ? plainName(frame.layer) : frame.path,
      expected: `inputs must fit the ${frame.layer.getClassName()} layer`,
      given: shapes(inputs),
      hint: error.message,
      cause: error,
    })
  }
}

/** tfjs refuses inputs with ValueError and plain Error; anything else is a fault in the code of a layer. */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error.name === 'Error' || error.constructor.name.endsWith('ValueError'))
  )
}

function capturedCall(from: number, output: tf.Tensor | tf.Tensor[]): CapturedCall | undefined {
  if (!isCapturing()) return undefined
  const values = (Array.isArray(output) ? output : [output]).map(capturedValue)
  return { from, to: capturedKernels(), outputs: values.filter((value) => value !== undefined) }
}

function shapes(value: unknown): (readonly number[])[] {
  if (Array.isArray(value)) {
    if (value.every((each) => each === null || typeof each === 'number')) return [value]
    return value.flatMap(shapes)
  }
  const { shape } = (value ?? {}) as { shape?: readonly number[] }
  return shape === undefined ? [] : [[...shape]]
}

type Method = (...args: unknown[]) => unknown

function replace(
  layer: tf.layers.Layer,
  name: 'call' | 'build' | 'apply' | keyof LayerInternals,
  wrap: (original: Method) => Method,
): void {
  type Methods = Record<string, Method>
  const own = Object.hasOwn(layer, name) ? (layer as unknown as Methods)[name] : undefined
  // A method of the class is looked up at each call: exports give some classes others meanwhile.
  const original: Method = (...args) =>
    (own ?? (Object.getPrototypeOf(layer) as Methods)[name]!).apply(layer, args)
  Object.defineProperty(layer, name, {
    value: wrap(original),
    configurable: true,
    enumerable: false,
    writable: true,
  })
}
