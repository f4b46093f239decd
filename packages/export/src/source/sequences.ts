import { tfjsClass } from '@ashlar/core'
import { isCapturing, isRecurrentActivation, mayUnroll, whileLoop } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'

/** A cell of tfjs's recurrent layers, as far as it is looked into. */
interface Cell {
  readonly stateSize: number | readonly number[]
  readonly units: number
  readonly activation: Named
  readonly recurrentActivation?: Named
  readonly useBias: boolean
  /** Of a GRU of `@ashlar/core`. */
  readonly resetAfter?: boolean
  readonly kernel: tf.LayerVariable
  readonly recurrentKernel: tf.LayerVariable
  readonly bias: tf.LayerVariable
  getClassName(): string
  /** One step: the input and the states; gives the output and the next states. */
  call(inputs: readonly tf.Tensor[], kwargs: object): tf.Tensor[]
}

interface Named {
  getClassName(): string
}

/** What tfjs keeps to itself of a recurrent layer. The tests check this against the pinned tfjs. */
interface RecurrentLayer {
  readonly cell: Cell
  readonly goBackwards: boolean
  readonly returnSequences: boolean
  readonly returnState: boolean
  readonly stateful: boolean
  getInitialState(inputs: tf.Tensor): tf.Tensor[]
}

/** How tfjs calls a recurrent layer. */
interface Arguments {
  readonly mask?: tf.Tensor | readonly tf.Tensor[] | null
  readonly training?: boolean | null
  readonly initialState?: tf.Tensor[] | null
}

/** What a sequence comes to. */
interface Outcome {
  /** One output for each step, [batch, time, ...], in the order of the steps. */
  readonly sequence?: tf.Tensor
  readonly last: tf.Tensor
  readonly states: readonly tf.Tensor[]
}

/** Which kernel of the graph is a cell taken over a whole sequence, by the cell's class. */
const KERNELS: Readonly<Record<string, string>> = {
  LSTMCell: 'LSTM',
  GRUCell: 'GRU',
  SimpleRNNCell: 'SimpleRNN',
}

type Call = (inputs: tf.Tensor | tf.Tensor[], kwargs: Arguments | null) => tf.Tensor | tf.Tensor[]

/**
 * Runs `fn` with layers of tfjs that know of whole sequences while a program is captured: a recurrent layer of a kind that ONNX has becomes one op, any
 * other one a loop where the length varies, and a layer that is applied to each step is applied to all at once. By itself tfjs takes one step after
 * the other, of a length that is fixed.
 */
export async function withSequenceKernels<T>(fn: () => T | Promise<T>): Promise<T> {
  const restores = [
    exchange(tf.RNN, overSequence as never),
    exchange(tfjsClass<tf.layers.Layer>('TimeDistributed') as never, overSteps as never),
  ]
  try {
    return await fn()
  } finally {
    for (const restore of restores) restore()
  }
}

/** Lets `whole` do what the layers of a class do, where it gives an answer. Returns what puts things back. */
function exchange(
  type: unknown,
  whole: (layer: unknown, ...args: Parameters<Call>) => ReturnType<Call> | undefined,
): () => void {
  const { prototype } = type as { readonly prototype: { call: Call } }
  const { call } = prototype
  prototype.call = function (this: unknown, inputs, kwargs) {
    return whole(this, inputs, kwargs) ?? call.call(this, inputs, kwargs)
  }
  return () => {
    prototype.call = call
  }
}

/** A layer that is applied to each step of a sequence. */
interface TimeDistributed {
  readonly layer: { call: Call }
}

/** Steps are samples to the layer. */
function overSteps(
  { layer }: TimeDistributed,
  inputs: tf.Tensor | tf.Tensor[],
  kwargs: Arguments | null,
): tf.Tensor | undefined {
  if (!isCapturing() || kwargs?.training) return undefined
  const x = Array.isArray(inputs) ? inputs[0]! : inputs
  const [batch, time, ...rest] = x.shape as [number, number, ...number[]]
  const outputs = layer.call(tf.reshape(x, [batch * time, ...rest]), kwargs)
  const y = Array.isArray(outputs) ? outputs[0]! : outputs
  return tf.reshape(y, [batch, time, ...y.shape.slice(1)])
}

/** The layer's outputs; undefined where tfjs shall do it. */
function overSequence(
  layer: RecurrentLayer,
  inputs: tf.Tensor | tf.Tensor[],
  kwargs: Arguments | null,
): tf.Tensor | tf.Tensor[] | undefined {
  const { mask, training, initialState } = kwargs ?? {}
  if (!isCapturing() || layer.stateful || training) return undefined
  const x = Array.isArray(inputs) ? inputs[0]! : inputs
  const masks = Array.isArray(mask) ? mask[0] : mask
  const kernel = masks == null && x.rank === 3 ? kernelOf(layer.cell) : undefined
  if (kernel === undefined && mayUnroll(x.shape[1]!)) return undefined
  const states = initialState ?? zeroStates(layer, x)
  const {
    sequence,
    last,
    states: ends,
  } = kernel === undefined
    ? inLoop(layer, x, masks ?? undefined, states)
    : inKernel(layer, kernel, x, states)
  const output = layer.returnSequences ? sequence! : last
  return layer.returnState ? [output, ...ends] : output
}

/** The kernel that does all that a cell does. */
function kernelOf(cell: Cell): string | undefined {
  const activations = [cell.activation, cell.recurrentActivation].flatMap((each) => each ?? [])
  const isKnown = activations.every((each) => isRecurrentActivation(each.getClassName()))
  return isKnown ? KERNELS[cell.getClassName()] : undefined
}

/** tfjs computes them from the input, which nobody could tell from constants. */
function zeroStates(layer: RecurrentLayer, x: tf.Tensor): tf.Tensor[] {
  if (x.rank !== 3) return layer.getInitialState(x)
  return [layer.cell.stateSize].flat().map((size) => tf.zeros([x.shape[0]!, size]))
}

function inKernel(
  { cell, goBackwards, returnSequences }: RecurrentLayer,
  kernel: string,
  x: tf.Tensor,
  [h, c]: readonly tf.Tensor[],
): Outcome {
  const inputs = {
    x,
    kernel: cell.kernel.read(),
    recurrentKernel: cell.recurrentKernel.read(),
    ...(cell.useBias && { bias: cell.bias.read() }),
    h: h!,
    ...(c !== undefined && { c }),
  }
  const attrs = {
    activation: cell.activation.getClassName(),
    recurrentActivation: cell.recurrentActivation?.getClassName(),
    goBackwards,
    ...(cell.resetAfter && { resetAfter: true }),
  }
  const [sequence, ...states] = tf
    .engine()
    .runKernel(kernel, inputs, attrs as never) as unknown as tf.Tensor[]
  const last = states[0]!
  if (!returnSequences) return { last, states }
  return { sequence: goBackwards ? tf.reverse(sequence!, 1) : sequence!, last, states }
}

/** As tfjs goes through a sequence, with a loop of the graph in the place of JavaScript's. */
function inLoop(
  { cell, goBackwards, returnSequences }: RecurrentLayer,
  inputs: tf.Tensor,
  mask: tf.Tensor | undefined,
  initial: readonly tf.Tensor[],
): Outcome {
  const perStep = (tensor: tf.Tensor) => {
    const steps = tf.transpose(tensor, batchAndTimeTurned(tensor.rank))
    return goBackwards ? tf.reverse(steps, 0) : steps
  }
  const xs = perStep(inputs)
  const masks = mask && perStep(maskOf(mask, inputs.rank))
  const step = (t: tf.Tensor, states: readonly tf.Tensor[]): tf.Tensor[] => {
    const at = <T extends tf.Tensor>(all: T) => tf.gather(all, t as unknown as tf.Tensor1D)
    const [output, ...next] = cell.call([at(xs), ...states], { training: false })
    if (masks === undefined) return [output!, ...next]
    const isKept = at(masks)
    const kept = (now: tf.Tensor, before: tf.Tensor) =>
      tf.add(tf.mul(now, isKept), tf.mul(before, tf.sub(1, isKept)))
    return [kept(output!, states[0]!), ...next.map((state, index) => kept(state, states[index]!))]
  }
  const zero = tf.scalar(0, 'int32')
  const time = xs.shape[0]!
  // Only its shape is looked at.
  const [first] = step(zero, initial)
  const empty = returnSequences ? [tf.zeros([time, ...first!.shape])] : []
  const [, last, ...rest] = whileLoop(
    (t) => tf.less(t, tf.scalar(time, 'int32')),
    (t, _, ...carried) => {
      const states = carried.slice(0, initial.length)
      const [output, ...next] = step(t, states)
      const place = tf.reshape(t, [1, 1])
      const sequence = carried
        .slice(initial.length)
        .map((all) => tf.tensorScatterUpdate(all, place, tf.expandDims(output!, 0)))
      return [tf.add(t, tf.scalar(1, 'int32')), output!, ...next, ...sequence]
    },
    [zero, tf.zeros(first!.shape), ...initial, ...empty],
  )
  const states = rest.slice(0, initial.length)
  const [all] = rest.slice(initial.length)
  if (all === undefined) return { last: last!, states }
  return { sequence: tf.transpose(all, batchAndTimeTurned(all.rank)), last: last!, states }
}

/** The two first axes in the place of each other. */
function batchAndTimeTurned(rank: number): number[] {
  return [1, 0, ...Array.from({ length: rank - 2 }, (_, index) => index + 2)]
}

/** 1 for steps that count, with an axis for the features. */
function maskOf(mask: tf.Tensor, rank: number): tf.Tensor {
  const numbers = tf.cast(tf.cast(mask, 'bool'), 'float32')
  return mask.rank === rank - 1 ? tf.expandDims(numbers, -1) : numbers
}
