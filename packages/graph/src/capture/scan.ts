import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import {
  createValue,
  filled,
  type ScanParts,
  type ScanState,
  scanNode,
  type Taken,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { currentScope } from '../scope/scope.ts'
import { activeRecorder } from './backend.ts'
import { specOf, toTensor } from './control-flow.ts'
import { fingerprint, firstDifference } from './fingerprint.ts'
import { isCapturing } from './host.ts'
import { type BothWays, type JointStep, partJointStep, rowsOf } from './joint-scan.ts'
import type { Recorder } from './recorder.ts'
import {
  addToTape,
  isDifferentiatedTwice,
  isTapeOn,
  nextTensorId,
  pullBack,
  type TapeNode,
  traced,
} from './tape.ts'

/** What a step of a scan gives, or all of them: then the last states, and rows with the time as their first axis. */
export interface ScanResult {
  readonly states: readonly tf.Tensor[]
  readonly rows: readonly tf.Tensor[]
}

/** One step: of the states and a slice of each sequence the next states, of the same types and shapes, and rows. */
export type ScanStep = (states: readonly tf.Tensor[], slices: readonly tf.Tensor[]) => ScanResult

/**
 * Goes through sequences step by step. In a captured program it becomes one loop of the graph, however long they are, and so does its derivative, which goes back through time. The step may
 * use any tensor from outside. Randomness must come from outside.
 *
 * @param initial states before the first step.
 * @param sequences [time, ...] each, of one length above 0.
 * @throws EngineError when states change type or shape, or a step does not do the same each time it is called.
 * @example const { states: [sum], rows: [sums] } = scan(([s], [x]) => { const next = tf.add(s, x); return { states: [next], rows: [next] } }, [tf.scalar(0)], [xs])
 */
export function scan(
  step: ScanStep,
  initial: readonly tf.Tensor[],
  sequences: readonly tf.Tensor[],
): ScanResult {
  return isCapturing()
    ? new Scan(step, initial, sequences).record()
    : runSteps(step, initial, sequences)
}

function runSteps(
  step: ScanStep,
  initial: readonly tf.Tensor[],
  sequences: readonly tf.Tensor[],
): ScanResult {
  const slices = sequences.map((each) => tf.unstack(each))
  const rows: (readonly tf.Tensor[])[] = []
  let states = initial
  for (let time = 0; time < sequences[0]!.shape[0]!; time++) {
    const next = step(
      states,
      slices.map((each) => each[time]!),
    )
    states = next.states
    rows.push(next.rows)
  }
  const all = rows[0]!.map((_, index) => tf.stack(rows.map((each) => each[index]!)))
  return { states, rows: all }
}

/** A scan while it is recorded. */
class Scan {
  readonly #step: ScanStep
  readonly #initial: readonly tf.Tensor[]
  readonly #sequences: readonly tf.Tensor[]
  readonly #recorder: Recorder = activeRecorder()!
  readonly #time: number

  constructor(step: ScanStep, initial: readonly tf.Tensor[], sequences: readonly tf.Tensor[]) {
    this.#step = step
    this.#initial = initial
    this.#sequences = sequences
    this.#time = sequences[0]!.shape[0]!
  }

  record(): ScanResult {
    if (isDifferentiatedTwice()) {
      throw new EngineError({
        where: placeOfScan(),
        expected: 'the derivative of a scan must not be differentiated again',
        hint: 'Write the steps out, one after the other.',
      })
    }
    const first = this.#recordStep(() => undefined)
    const isDifferentiated = isTapeOn()
    let closures: readonly tf.Tensor[] = []
    let isReached: readonly boolean[] = []
    const joint = this.#recordStep((step) => {
      if (!isDifferentiated) return
      closures = step.closures
      isReached = this.#recordWayBack(step)
    })
    if (firstDifference(first.print, joint.print) !== undefined) {
      throw new EngineError({
        where: placeOfScan(),
        expected: 'a step must do the same each time it is called',
        hint: 'What it changes itself in JavaScript would stay as it was in the first step.',
      })
    }
    const ways = partJointStep(joint)
    const { forward } = ways
    const starts = this.#initial.map((each) => this.#recorder.valueOf(each))
    const outer = this.#sequences.map((each) => this.#recorder.valueOf(each))
    const count = starts.length
    const rows = rowsOf([...forward.results.slice(count), ...forward.saved], this.#time)
    const states = joint.states.map(
      (input, index): ScanState => ({
        input,
        next: forward.results[index]!,
        start: starts[index]!,
        end: createValue(starts[index]!.shape, starts[index]!.dtype),
      }),
    )
    const outputs = this.#add({
      states,
      sequences: joint.sequences.map((input, index) => ({ input, outer: outer[index]! })),
      taken: forward.taken,
      rows,
      nodes: forward.nodes,
      reverse: false,
      scope: currentScope(),
    }).slice(0, forward.results.length)
    if (isDifferentiated) {
      const saved = rows.slice(forward.results.length - count).map((row) => row.outer)
      const inputs = [...this.#initial, ...this.#sequences, ...closures]
      const goBack = (dys: readonly tf.Tensor[]) =>
        this.#goBack(ways, { dys, outer, saved, closures })
      onTape(
        inputs.map((each, index) => (isReached[index] ? each : undefined)),
        outputs,
        goBack,
      )
    }
    return { states: outputs.slice(0, count), rows: outputs.slice(count) }
  }

  #add(parts: ScanParts): tf.Tensor[] {
    return this.#recorder.addNode(scanNode(parts)).map(toTensor)
  }

  #recordStep(wayBack: (step: RecordedStep) => void): JointStep & { readonly print: Print } {
    const recorder = this.#recorder
    const count = this.#initial.length
    const recording = recorder.openGraph([
      ...this.#initial.map(specOf),
      ...this.#sequences.map((each) => ({ ...specOf(each), shape: each.shape.slice(1) })),
    ])
    const value = (tensor: tf.Tensor) => recorder.valueOf(tensor)
    try {
      const bound = nextTensorId()
      const tensors = recording.tensors.map(toTensor)
      const [states, slices] = [tensors.slice(0, count), tensors.slice(count)]
      const run = () => this.#step(states, slices)
      const { result, nodes } = isTapeOn() ? traced(run) : { result: run(), nodes: [] }
      this.#checkStates(result.states)
      const results = [...result.states, ...result.rows]
      const print = fingerprint(recording.finish(results).graph)
      const step: RecordedStep = {
        nodes,
        inputs: tensors,
        results,
        closures: closuresOf(
          [...nodes.flatMap(({ inputs }) => Object.values(inputs)), ...results],
          bound,
        ),
        cotangents: [],
        derivatives: [],
        newInput: (like) => toTensor(recording.input(specOf(like))),
      }
      wayBack(step)
      for (const { saved } of nodes) tf.dispose([...saved])
      const { graph, taken } = recording.finish(results)
      return {
        nodes: graph.nodes,
        taken,
        states: states.map(value),
        sequences: slices.map(value),
        cotangents: step.cotangents.map(value),
        results: results.map(value),
        derivatives: step.derivatives.map(value),
        print,
      }
    } finally {
      recording.close()
    }
  }

  /** Derivatives by states and sequences of one step, and sums of those by what it uses from outside. Tells for each whether anything leads there. */
  #recordWayBack(step: RecordedStep): readonly boolean[] {
    const { nodes, inputs, results, closures, newInput } = step
    const dys = results.map((each) => (isFloat(each) ? newInput(each) : undefined))
    const sums = closures.map(newInput)
    const by = pullBack(nodes, [...inputs, ...closures], results, dys)
    const own = inputs.flatMap((each, index) =>
      isFloat(each) ? (by[index] ?? tf.zerosLike(each)) : [],
    )
    const added = sums.map((sum, index) => {
      const derivative = by[inputs.length + index]
      return derivative === undefined ? sum : tf.add(sum, derivative)
    })
    step.cotangents = [...dys.flatMap((each) => each ?? []), ...sums]
    step.derivatives = [...own, ...added]
    return by.map((each) => each !== undefined)
  }

  /** The way back through all steps: derivatives by the states before the first one, by sequences, and by what the steps use from outside. */
  #goBack(
    { forward: { results }, backward }: BothWays,
    { dys, outer, saved, closures }: Recorded,
  ): (tf.Tensor | undefined)[] {
    const recorder = this.#recorder
    const count = this.#initial.length
    const nodes = [...backward.nodes]
    const inputs = [...backward.cotangents]
    const bys = [...backward.derivatives]
    const floats = this.#initial.map(isFloat)
    const states: ScanState[] = []
    const sequences: Taken[] = []
    const substitutes = new Map<Value, Value>()
    const carry = (input: Value, start: Value, place: number) =>
      states.push({ input, start, next: bys[place]!, end: createValue(start.shape, start.dtype) })
    // In the order of the cotangents: next states, rows, sums.
    const stateCount = floats.filter(Boolean).length
    const sequenceCount = this.#sequences.filter(isFloat).length
    for (const [index, dy] of dys.entries()) {
      // Of integers tfjs hands on derivatives in float32, which lead nowhere.
      if (results[index]!.dtype !== 'float32') continue
      const input = inputs.shift()!
      const value = recorder.valueOf(dy)
      if (index < count) carry(input, value, states.length)
      else if (uniformValue(value) === undefined) sequences.push({ input, outer: value })
      else substitutes.set(input, filled(uniformValue(value)!, input.shape, input.dtype))
    }
    for (const [index, input] of inputs.entries()) {
      carry(input, filled(0, input.shape, input.dtype), stateCount + sequenceCount + index)
    }
    for (const [place, input] of backward.sequences) sequences.push({ input, outer: outer[place]! })
    for (const [index, input] of backward.saved.entries()) {
      sequences.push({ input, outer: saved[index]! })
    }
    const rows = rowsOf(bys.slice(stateCount, stateCount + sequenceCount), this.#time)
    const put = (value: Value) => substitutes.get(value) ?? value
    const made = this.#add({
      states: states.map((each) => ({ ...each, next: put(each.next) })),
      sequences,
      taken: backward.taken.map((each) => ({ ...each })),
      rows: rows.map((each) => ({ ...each, value: put(each.value) })),
      nodes: nodes.map((node) => withInputs(node, put)),
      reverse: true,
      scope: currentScope(),
    })
    const ends = made.slice(0, stateCount)
    const bySequence = made.slice(states.length)
    return [
      ...floats.map((isOne) => (isOne ? ends.shift() : undefined)),
      ...this.#sequences.map((each) => (isFloat(each) ? bySequence.shift() : undefined)),
      ...closures.map((_, index) => made[stateCount + index]),
    ]
  }

  #checkStates(next: readonly tf.Tensor[]): void {
    const kind = ({ dtype, shape }: tf.Tensor) => `${dtype} [${shape}]`
    const [expected, given] = [this.#initial, next].map((each) => each.map(kind).join(', '))
    if (expected === given) return
    throw new EngineError({
      where: placeOfScan(),
      expected: `the next states must be ${expected}`,
      given,
    })
  }
}

function placeOfScan(): string {
  return currentScope() === '' ? 'scan' : `scan in layer ${currentScope()}`
}

type Print = ReturnType<typeof fingerprint>

/** A step while the way back through it is recorded. */
interface RecordedStep {
  readonly nodes: readonly TapeNode[]
  /** States and slices. */
  readonly inputs: readonly tf.Tensor[]
  /** Next states and rows. */
  readonly results: readonly tf.Tensor[]
  /** Numbers from outside that it uses. */
  readonly closures: readonly tf.Tensor[]
  cotangents: readonly tf.Tensor[]
  derivatives: readonly tf.Tensor[]
  newInput(like: tf.Tensor): tf.Tensor
}

/** What the way back starts from. */
interface Recorded {
  readonly dys: readonly tf.Tensor[]
  /** The sequences. */
  readonly outer: readonly Value[]
  readonly saved: readonly Value[]
  readonly closures: readonly tf.Tensor[]
}

function withInputs(node: ScanParts['nodes'][number], put: (value: Value) => Value) {
  node.inputs = node.inputs.map((input) => input && put(input))
  return node
}

function isFloat({ dtype }: tf.TensorInfo): boolean {
  return dtype === 'float32'
}

/** Tensors that there were before. */
function closuresOf(
  tensors: readonly (tf.Tensor | null | undefined)[],
  bound: number,
): readonly tf.Tensor[] {
  const found = new Map<number, tf.Tensor>()
  for (const each of tensors) {
    if (each != null && each.id < bound && isFloat(each)) found.set(each.id, each)
  }
  return [...found.values()]
}

/** Lets tfjs go back through what it has not computed itself. */
function onTape(
  inputs: readonly (tf.Tensor | undefined)[],
  outputs: readonly tf.Tensor[],
  goBack: (dys: readonly tf.Tensor[]) => readonly (tf.Tensor | undefined)[],
): void {
  const reached = [...inputs.entries()].flatMap(([index, tensor]) =>
    tensor === undefined ? [] : { index, tensor, shape: tensor.shape },
  )
  addToTape(
    'Scan',
    reached.map(({ tensor }) => tensor),
    outputs,
    (dys) => {
      const by = goBack(dys)
      const each = reached.map(
        ({ index, shape }) =>
          () =>
            by[index] ?? tf.zeros(shape),
      )
      return Object.fromEntries(each.entries())
    },
  )
}
