import { ConfigError, ShapeError } from '@ashlar/errors'
import { isCapturing, onHost } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { type Sublayer, sublayers } from './children.ts'
import type { RuleArgs, Tensors } from './rule-args.ts'

/** What tfjs keeps to itself of a recurrent layer and its cell. The tests hold this against the pinned tfjs. */
interface Recurrent {
  readonly cell: Cell
  readonly stateful: boolean
  readonly states_: readonly tf.Tensor[] | null
  readonly inputSpec: { shape: (number | null)[] }[]
  getInitialState(inputs: tf.Tensor): tf.Tensor[]
  resetStates(states?: Tensors): void
}

interface Cell {
  dropoutMask?: tf.Tensor | tf.Tensor[] | null
  recurrentDropoutMask?: tf.Tensor | tf.Tensor[] | null
  readonly cells?: readonly Cell[]
}

/** States of stateful layers: variables that go from batch to batch. */
const states = new WeakMap<object, tf.Variable[]>()

/**
 * Lets a stateful recurrent layer keep its states in variables, one row for each sample of a batch. tfjs keeps tensors, of the batch size that it was built
 * with.
 */
export function keepStates(layer: tf.layers.Layer): void {
  const recurrent = layer as unknown as Recurrent
  if (!recurrent.stateful) return
  const before = recurrent.states_
  if (before !== null) {
    states.set(
      layer,
      onHost(() => before.map((each) => tf.variable(each, false))),
    )
    tf.dispose(before as tf.Tensor[])
  }
  const [spec] = recurrent.inputSpec
  if (spec?.shape != null) spec.shape[0] = null
  Object.defineProperty(layer, 'states_', {
    get: () => states.get(layer) ?? null,
    set: (next: readonly tf.Tensor[] | null) =>
      recurrent.resetStates((next ?? undefined) as tf.Tensor[]),
    enumerable: false,
    configurable: true,
  })
  Object.defineProperty(layer, 'resetStates', {
    value: (next?: Tensors) => assign(layer, next),
    enumerable: false,
    configurable: true,
    writable: true,
  })
}

/** Before the building of a layer, and when it has run for its shapes only, there is nothing to assign. */
function assign(layer: object, next: Tensors | undefined): void {
  const given = next === undefined ? undefined : [next].flat()
  tf.tidy(() => {
    for (const [index, state] of (states.get(layer) ?? []).entries()) {
      state.assign(given?.[index] ?? tf.zeros(state.shape))
    }
  })
}

/**
 * A recurrent layer begins a sequence: with dropout that is drawn anew, and where it is stateful with the states that the last batch left.
 *
 * @throws ShapeError for a batch of another size than those states are of.
 */
export function beginSequence(layer: tf.layers.Layer, { inputs, kwargs, call }: RuleArgs): Tensors {
  const recurrent = layer as unknown as Recurrent
  resetDropout(recurrent.cell)
  const isGiven = (kwargs as { initialState?: unknown }).initialState != null
  if (!recurrent.stateful || isGiven) return call()
  const x = Array.isArray(inputs) ? inputs[0]! : inputs
  if (!states.has(layer)) {
    // A capture is not for real: whoever trains has prepared the states.
    if (isCapturing()) return call({ ...kwargs, initialState: recurrent.getInitialState(x) })
    makeStates(layer, x.shape)
  }
  const [batch] = states.get(layer)![0]!.shape
  if (batch === x.shape[0]) return call()
  throw new ShapeError({
    where: layer.name,
    expected: `a stateful layer keeps one state for each of the ${batch} samples of a batch`,
    given: x.shape,
    hint: 'The number of samples must be a multiple of the batch size, and the batch size stay the same.',
  })
}

/** tfjs draws it once for all batches, in layers made of cells, and for inference if that comes first. */
function resetDropout(cell: Cell): void {
  for (const each of cell.cells ?? []) resetDropout(each)
  for (const name of ['dropoutMask', 'recurrentDropoutMask'] as const) {
    const mask = cell[name]
    if (mask == null) continue
    tf.dispose(mask)
    cell[name] = null
  }
}

function makeStates(layer: tf.layers.Layer, shape: readonly number[]): void {
  const made = onHost(() =>
    tf.tidy(() =>
      (layer as unknown as Recurrent)
        .getInitialState(tf.zeros([...shape]))
        .map((state) => tf.variable(tf.zeros(state.shape), false)),
    ),
  )
  states.set(layer, made)
}

/** Those that are built: a layer for both directions also holds the one that it made its two of. */
function statefulLayers(root: tf.layers.Layer): Sublayer[] {
  return sublayers(root).filter(
    ({ layer }) =>
      layer.stateful &&
      'cell' in layer &&
      (layer as unknown as Recurrent).inputSpec[0]?.shape != null,
  )
}

/** The states that stateful layers inside of a model have, by path. */
export function recurrentStates(root: tf.layers.Layer): Record<string, tf.Variable> {
  const found = statefulLayers(root).flatMap(({ path, layer }) =>
    (states.get(layer) ?? []).map((state, index) => [`${path}.state${index}`, state] as const),
  )
  return Object.fromEntries(found)
}

/**
 * Gets the states of stateful layers ready for batches of a size. States of that size go on; for any other they begin with zeros.
 *
 * @param where who asks, for errors.
 * @throws ConfigError when the last batch would be smaller.
 */
export function prepareStates(
  where: string,
  root: tf.layers.Layer,
  { batchSize, samples }: { readonly batchSize: number; readonly samples: number },
): void {
  const layers = statefulLayers(root)
  if (layers.length === 0) return
  if (samples % batchSize !== 0) {
    throw new ConfigError({
      where,
      expected: `\`batchSize\` must divide the number of samples, for the states of ${layers[0]!.path} are those of a whole batch`,
      given: `${samples} samples in batches of ${batchSize}`,
    })
  }
  for (const { layer } of layers) {
    const known = states.get(layer)
    if (known?.[0]?.shape[0] === batchSize) continue
    tf.dispose(known ?? [])
    const { shape } = (layer as unknown as Recurrent).inputSpec[0]!
    makeStates(layer, [batchSize, ...shape.slice(1).map((size) => size ?? 1)])
  }
}

/** Sets the states of all stateful layers inside to zero. */
export function resetStates(root: tf.layers.Layer): void {
  for (const { layer } of statefulLayers(root)) if (states.has(layer)) assign(layer, undefined)
}

/** Frees them. */
export function disposeStates(root: tf.layers.Layer): void {
  for (const { layer } of statefulLayers(root)) {
    tf.dispose(states.get(layer) ?? [])
    states.delete(layer)
  }
}
