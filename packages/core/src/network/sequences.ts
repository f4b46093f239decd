import { EngineError } from '@ashlar/errors'
import { isCapturing, type ScanResult, scan } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'

/** What tfjs keeps to itself of a recurrent layer. The tests hold this against the pinned tfjs. */
interface Recurrent {
  readonly cell: Cell
  readonly goBackwards: boolean
  readonly returnSequences: boolean
  readonly returnState: boolean
  readonly stateful: boolean
  readonly states_: tf.Tensor[] | null
  getInitialState(inputs: tf.Tensor): tf.Tensor[]
  resetStates(states: readonly tf.Tensor[], training: boolean): void
}

interface Cell {
  readonly stateSize: number | readonly number[]
  /** One step: the input and the states; gives the output and the next states. */
  call(inputs: readonly tf.Tensor[], kwargs: object): tf.Tensor[]
}

/** How tfjs calls a recurrent layer. */
interface Arguments {
  readonly mask?: tf.Tensor | readonly tf.Tensor[] | null
  readonly training?: boolean | null
  readonly initialState?: tf.Tensor[] | null
}

type Call = (
  this: Recurrent,
  inputs: tf.Tensor | tf.Tensor[],
  kwargs: Arguments | null,
) => tf.Tensor | tf.Tensor[]

/** A loop of fewer steps is not worth its own cost: they are written out. */
const FEWEST = 3

/**
 * Runs `fn` with recurrent layers that are captured as one loop each, however many steps there are. tfjs writes one step after the other: a graph that grows with their number. It
 * still does where a step can't be in a loop: one that draws random numbers, assigns variables, or does something else each time; and where a derivative is differentiated again.
 */
export function withSequenceLoops<T>(fn: () => T): T {
  const { prototype } = tf.RNN as unknown as { readonly prototype: { call: Call } }
  const { call } = prototype
  prototype.call = function (inputs, kwargs) {
    return tf.tidy(
      () => overSequence(this, inputs, kwargs ?? {}) ?? call.call(this, inputs, kwargs),
    )
  }
  try {
    return fn()
  } finally {
    prototype.call = call
  }
}

/** The layer's outputs; undefined where tfjs shall do it. */
function overSequence(
  layer: Recurrent,
  inputs: tf.Tensor | tf.Tensor[],
  { mask, training, initialState }: Arguments,
): tf.Tensor | tf.Tensor[] | undefined {
  const x = Array.isArray(inputs) ? inputs[0]! : inputs
  if (!isCapturing() || x.shape[1]! < FEWEST) return undefined
  const initial = initialState ?? (layer.stateful ? layer.states_! : zeroStates(layer, x))
  // tfjs says what is wrong with them.
  if (initial.length !== [layer.cell.stateSize].flat().length) return undefined
  const sequence = [x, ...(mask == null ? [] : [numbersOf([mask].flat()[0]!, x.rank)])].map(
    (each) => {
      const steps = tf.transpose(each, batchAndTimeTurned(each.rank))
      return layer.goBackwards ? tf.reverse(steps, 0) : steps
    },
  )
  const found = inLoop(layer.cell, { initial, sequence, training: training ?? false })
  if (found === undefined) return undefined
  const { outputs, last, states } = found
  if (layer.stateful) layer.resetStates(states, training ?? false)
  const output = layer.returnSequences
    ? tf.transpose(outputs, batchAndTimeTurned(outputs.rank))
    : last
  return layer.returnState ? [output, ...states] : output
}

/** What a sequence comes to. */
interface Outcome {
  /** One output for each step, [time, batch, ...]. */
  readonly outputs: tf.Tensor
  readonly last: tf.Tensor
  readonly states: readonly tf.Tensor[]
}

interface Sequence {
  readonly initial: readonly tf.Tensor[]
  /** Inputs, and which of them count. */
  readonly sequence: readonly tf.Tensor[]
  readonly training: boolean
}

/** As tfjs goes through a sequence; undefined where a step can't be in a loop. */
function inLoop(cell: Cell, { initial, sequence, training }: Sequence): Outcome | undefined {
  const step = ([x, mask]: readonly tf.Tensor[], states: readonly tf.Tensor[]) => {
    const [output, ...next] = cell.call([x!, ...states], { training })
    const isState = output === next[0]
    if (mask === undefined) return { output: output!, next, isState }
    const skipped = tf.sub(1, mask)
    const kept = (now: tf.Tensor, before: tf.Tensor) =>
      tf.add(tf.mul(now, mask), tf.mul(before, skipped))
    const states_ = next.map((state, index) => kept(state, states[index]!))
    return { output: isState ? states_[0]! : kept(output!, states[0]!), next: states_, isState }
  }
  const before = variablesNow()
  // Cells draw their dropout in their first step, for all others: it must come from outside of the loop. Of its numbers nothing is used.
  const first = step(
    sequence.map((each) => tf.squeeze(tf.slice(each, 0, 1), [0])),
    initial,
  )
  if (before.areAssigned()) return undefined
  // Which is the last state, if the output is a state.
  const carried = first.isState ? [] : [tf.zeros(first.output.shape, first.output.dtype)]
  let result: ScanResult
  try {
    result = scan(
      (states, slices) => {
        const { output, next } = step(slices, states.slice(0, initial.length))
        return { states: first.isState ? next : [...next, output], rows: [output] }
      },
      [...initial, ...carried],
      sequence,
    )
  } catch (error) {
    before.areAssigned()
    if (error instanceof EngineError) return undefined
    throw error
  }
  if (before.areAssigned()) return undefined
  const [outputs] = result.rows
  const states = result.states.slice(0, initial.length)
  return { outputs: outputs!, last: first.isState ? states[0]! : result.states.at(-1)!, states }
}

/** tfjs computes its zeros from the input, by convolutions where there are any. Those of other classes are theirs. */
function zeroStates(layer: Recurrent, x: tf.Tensor): tf.Tensor[] {
  const states = layer.getInitialState(x)
  return isOfTfjs(layer) ? states.map(({ shape, dtype }) => tf.zeros(shape, dtype)) : states
}

function isOfTfjs({ getInitialState }: Recurrent): boolean {
  const { classNameMap } = tf.serialization.SerializationMap.getMap()
  const convolutional = classNameMap.ConvLSTM2D![0] as unknown as { readonly prototype: Recurrent }
  const plain = tf.RNN as unknown as { readonly prototype: Recurrent }
  return [convolutional, plain].some(
    ({ prototype }) => prototype.getInitialState === getInitialState,
  )
}

/** Tells whether variables were assigned since, and then gives back what they held. */
function variablesNow(): { areAssigned(): boolean } {
  const { registeredVariables } = tf.engine() as unknown as {
    readonly registeredVariables: Readonly<Record<string, tf.Variable>>
  }
  const before = Object.values(registeredVariables).map((each) => [each, each.dataId] as const)
  return {
    areAssigned() {
      const assigned = before.filter(([variable, dataId]) => variable.dataId !== dataId)
      for (const [variable, dataId] of assigned) variable.dataId = dataId
      return assigned.length > 0
    },
  }
}

/** The two first axes in the place of each other. */
function batchAndTimeTurned(rank: number): number[] {
  return [1, 0, ...Array.from({ length: rank - 2 }, (_, index) => index + 2)]
}

/** 1 for steps that count, with an axis for the features. */
function numbersOf(mask: tf.Tensor, rank: number): tf.Tensor {
  const numbers = tf.cast(tf.cast(mask, 'bool'), 'float32')
  return mask.rank === rank - 1 ? tf.expandDims(numbers, -1) : numbers
}
