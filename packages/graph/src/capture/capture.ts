import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { createValue, type DType, type Graph, type Value } from '../ir/index.ts'
import { registerOps } from '../ops/table.ts'
import { listenToLayers } from '../scope/layer-outputs.ts'
import { repairTfjs } from '../tfjs/repair.ts'
import { CAPTURE_BACKEND, switchBackend, useRecorder } from './backend.ts'
import { FreeSizes } from './free-sizes.ts'
import { useCaptureGradients } from './gradients.ts'
import { isCapturing, onHost, rememberHost } from './host.ts'
import { predictWholeBatches } from './predict-whole-batches.ts'
import { RandomSource } from './random.ts'
import { type ForeignConstants, Recorder } from './recorder.ts'
import { Unrolling } from './unrolling.ts'

/** A tensor that the captured program is given. */
export interface CaptureInput {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  /** Element type of the graph's input where it is narrower: tfjs sees int32, a run is fed bytes. */
  readonly storage?: 'uint8'
}

export interface CaptureOptions {
  /** Inputs by name. The int32 scalars `seed` and `step` key the random numbers of a program that draws any. */
  readonly inputs: Readonly<Record<string, CaptureInput>>
  /** Variables that the program may read and assign. Each still holds its value afterwards. */
  readonly variables?: Readonly<Record<string, tf.Variable>>
  /**
   * Names any other variable that the program reads or assigns, which makes it state as well: one in a field or a closure. By default such a one is a
   * constant of the value that it has, and what is assigned to it is forgotten when the program ends; so is one that gets no name here.
   */
  readonly nameVariable?: ((variable: tf.Variable) => string | undefined) | undefined
}

/** What captures of the same program at several sizes share, and how they differ. */
export interface CaptureRound {
  /** Constants that the captures share. */
  readonly foreign?: ForeignConstants
  /** Sizes that follow from numbers; by default there must be none. */
  readonly freeSizes?: FreeSizes
  /** Which loops are written out; default: those whose end is known. */
  readonly unrolling?: Unrolling
}

/** A tfjs program: ordinary tensor code, run once to be captured. */
export type TensorProgram = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

/**
 * Runs `program` under a recording tfjs backend and returns the kernels it called as a graph. Nothing is computed. It runs once, or some times more where
 * it draws random numbers of which it takes so few that they do not tell their range.
 *
 * Variables named in `options.variables` become state: graph inputs where they are read, graph outputs where they are
 * assigned; so do others that get a name by `options.nameVariable`. Any other tensor from outside is a constant.
 *
 * @param round what captures of the same program at other sizes share.
 * @throws EngineError when the program reads a tensor's numbers, calls a kernel that the op table lacks, or draws random
 * numbers without `seed` and `step` inputs.
 */
export function capture(
  program: TensorProgram,
  options: CaptureOptions,
  round?: CaptureRound,
): Graph {
  let session = openCapture(options, round)
  const { random } = session
  let graph: Graph | undefined
  for (;;) {
    try {
      const captured = session.finish(random.during(() => program(session.tensors)))
      graph ??= captured
      if (!random.finish()) return graph
    } finally {
      session.close()
    }
    session = openCapture(options, onlyForDraws(round), random)
  }
}

/** A tfjs program that waits for numbers, such as the condition of a loop. They must follow from constants alone. */
export type AsyncProgram = (
  inputs: Record<string, tf.Tensor>,
) => Record<string, tf.Tensor> | Promise<Record<string, tf.Tensor>>

/**
 * The same for a program that waits. Nothing else may use tfjs until it is done.
 *
 * @throws EngineError as {@link capture} does.
 */
export async function captureAsync(
  program: AsyncProgram,
  options: CaptureOptions,
  round?: CaptureRound,
): Promise<Graph> {
  let session = openCapture(options, round)
  const { random } = session
  let graph: Graph | undefined
  for (;;) {
    try {
      const captured = session.finish(
        await random.duringAsync(async () => program(session.tensors)),
      )
      graph ??= captured
      if (!random.finish()) return graph
    } finally {
      session.close()
    }
    session = openCapture(options, onlyForDraws(round), random)
  }
}

/** Sizes that follow from numbers were counted already. */
function onlyForDraws(round: CaptureRound = {}): CaptureRound {
  return { ...round, freeSizes: new FreeSizes(), unrolling: new Unrolling() }
}

/** A capture under way. */
interface CaptureSession {
  readonly tensors: Record<string, tf.Tensor>
  readonly random: RandomSource
  /** Takes the program's results; gives the graph. */
  finish(results: Readonly<Record<string, tf.Tensor>>): Graph
  /** Puts everything back. */
  close(): void
}

/** @param known of an earlier run of the program. */
function openCapture(
  options: CaptureOptions,
  round: CaptureRound = {},
  known?: RandomSource,
): CaptureSession {
  registerOps()
  // A gradient is captured as tfjs composes it, wrong or right.
  repairTfjs()
  // In a fresh process none is current yet; this makes tfjs choose.
  if (!tf.getBackend()) tf.backend()
  const before = tf.getBackend()
  if (before === CAPTURE_BACKEND) {
    throw new EngineError({ where: 'capture', expected: 'captures must not be nested' })
  }
  rememberHost(before)
  const inputs = Object.entries(options.inputs).map(([name, spec]) => ({
    name,
    spec,
    value: createValue([...spec.shape], spec.storage ?? spec.dtype, { name }),
  }))
  const random = known ?? new RandomSource(randomKey(inputs), isCapturing)
  const recorder = new Recorder(random, round.foreign ?? new Map(), {
    freeSizes: round.freeSizes ?? new FreeSizes(),
    unrolling: round.unrolling ?? new Unrolling(),
    host: { isRecording: isCapturing, onHost },
  })
  const { variables: named = {}, nameVariable } = options
  const variables = recorder.watch({ named, nameVariable })

  const restoreGradients = useCaptureGradients()
  const restorePredict = predictWholeBatches()
  const outerRecorder = useRecorder(recorder)
  const outerListener = listenToLayers(recorder)
  switchBackend(CAPTURE_BACKEND)
  tf.engine().startScope('capture')
  variables.open()
  const tensors: Record<string, tf.Tensor> = {}
  for (const { name, spec, value } of inputs) {
    const dataId = recorder.addInput({ name, value, state: false })
    tensors[name] = toTensor(recorder, dataId, value, spec)
  }
  return {
    tensors,
    random,
    finish(results) {
      for (const [name, tensor] of Object.entries(results)) {
        recorder.graph.outputs.push({ name, value: recorder.valueOf(tensor), state: false })
      }
      for (const [name, variable] of variables.assigned()) {
        recorder.graph.outputs.push({ name, value: recorder.valueOf(variable), state: true })
      }
      return recorder.graph
    },
    close() {
      variables.close()
      tf.engine().endScope()
      switchBackend(before)
      listenToLayers(outerListener)
      useRecorder(outerRecorder)
      restorePredict()
      restoreGradients()
    },
  }
}

interface NamedInput {
  readonly name: string
  readonly spec: CaptureInput
  readonly value: Value
}

function randomKey(inputs: readonly NamedInput[]): Record<string, Value> | undefined {
  const find = (name: string) => inputs.find((input) => input.name === name)?.value
  const seed = find('seed')
  const step = find('step')
  return seed === undefined || step === undefined ? undefined : { seed, step }
}

/** The tensor under which the program sees an input; a narrower storage type is widened by a Cast first. */
function toTensor(recorder: Recorder, dataId: object, value: Value, spec: CaptureInput): tf.Tensor {
  const make = (id: object, dtype: DType) =>
    tf.engine().makeTensorFromTensorInfo({
      dataId: id,
      shape: [...spec.shape],
      dtype: dtype as tf.DataType,
    })
  if (value.dtype === spec.dtype) return make(dataId, spec.dtype)
  const widened = recorder.call(
    'Cast',
    { x: { dataId, shape: [...spec.shape], dtype: 'int32' } },
    { dtype: spec.dtype },
  ) as tf.TensorInfo
  return make(widened.dataId, spec.dtype)
}
