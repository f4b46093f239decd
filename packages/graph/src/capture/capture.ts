import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { createValue, type DType, type Graph, type Value } from '../ir/index.ts'
import { registerOps } from '../ops/table.ts'
import { CAPTURE_BACKEND, switchBackend, useRecorder } from './backend.ts'
import { FreeSizes } from './free-sizes.ts'
import { useCaptureGradients } from './gradients.ts'
import { rememberHost } from './host.ts'
import { RandomSource } from './random.ts'
import { type ForeignConstants, Recorder } from './recorder.ts'
import { listenToLayers } from './scope.ts'
import { Unrolling } from './unrolling.ts'
import { predictWholeBatches } from './whole-batches.ts'

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
export type Program = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

/**
 * Runs `program` once under a recording tfjs backend and returns the kernels it called as a graph. Nothing is computed.
 *
 * Variables named in `options.variables` become state: graph inputs where they are read, graph outputs where they are
 * assigned. Any other tensor from outside is a constant.
 *
 * @param round what captures of the same program at other sizes share.
 * @throws EngineError when the program reads a tensor's numbers, calls a kernel that the op table lacks, or draws random
 * numbers without `seed` and `step` inputs.
 */
export function capture(program: Program, options: CaptureOptions, round?: CaptureRound): Graph {
  const session = openCapture(options, round)
  try {
    return session.finish(session.random.during(() => program(session.tensors)))
  } finally {
    session.close()
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
  const session = openCapture(options, round)
  try {
    return session.finish(await session.random.duringAsync(async () => program(session.tensors)))
  } finally {
    session.close()
  }
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

function openCapture(options: CaptureOptions, round: CaptureRound = {}): CaptureSession {
  registerOps()
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
  const random = new RandomSource(randomKey(inputs))
  const recorder = new Recorder(random, round.foreign ?? new Map(), {
    freeSizes: round.freeSizes ?? new FreeSizes(),
    unrolling: round.unrolling ?? new Unrolling(),
  })
  const variables = Object.entries(options.variables ?? {})
  const originals = new Map(variables.map(([, variable]) => [variable, variable.dataId]))
  for (const [name, variable] of variables) recorder.watch(variable.dataId, name)

  const restoreGradients = useCaptureGradients()
  const restorePredict = predictWholeBatches()
  const outerRecorder = useRecorder(recorder)
  const outerListener = listenToLayers(recorder)
  switchBackend(CAPTURE_BACKEND)
  tf.engine().startScope('capture')
  for (const [, variable] of variables) {
    // Engine bookkeeping of a real assign would free the variable's numbers; only the dataId matters here.
    variable.assign = (next: tf.Tensor) => {
      recorder.valueOf(next)
      variable.dataId = next.dataId
    }
  }
  const tensors: Record<string, tf.Tensor> = {}
  for (const { name, spec, value } of inputs) {
    const dataId = recorder.addInput({ name, value, state: false })
    tensors[name] = toTensor(recorder, dataId, value, spec)
  }
  return {
    tensors,
    random,
    finish(results) {
      random.finish()
      for (const [name, tensor] of Object.entries(results)) {
        recorder.graph.outputs.push({ name, value: recorder.valueOf(tensor), state: false })
      }
      for (const [name, variable] of variables) {
        if (variable.dataId === originals.get(variable)) continue
        recorder.graph.outputs.push({ name, value: recorder.valueOf(variable), state: true })
      }
      return recorder.graph
    },
    close() {
      for (const [, variable] of variables) {
        variable.dataId = originals.get(variable)!
        // Uncovers the prototype's method again.
        delete (variable as { assign?: unknown }).assign
      }
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
