import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { TypedArray } from '../ir/index.ts'
import { listKernels } from '../ops/registry.ts'
import { capturePlace } from '../scope/scope.ts'
import { callerLine } from './caller-line.ts'
import type { Recorder } from './recorder.ts'

/** Name of the tfjs backend that records. It is only active while a capture runs. */
export const CAPTURE_BACKEND = 'ashlar-capture'

let recorder: Recorder | undefined

/** The recorder of the capture under way. */
export function activeRecorder(): Recorder | undefined {
  return recorder
}

class CaptureBackend extends tf.KernelBackend {
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    return active().write(values as TypedArray, shape, dtype)
  }

  override readSync(dataId: object): tf.BackendValues {
    const known = active().read(dataId)
    if (known === undefined) throw readError()
    return known as Float32Array
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId)
  }

  // Values live as long as the capture, whatever the program disposes.
  override refCount(): number {
    return 1
  }
  override incRef(): void {}
  decRef(): void {}
  override disposeData(): boolean {
    return false
  }
  override numDataIds(): number {
    return 0
  }
  override timerAvailable(): boolean {
    return false
  }
  override floatPrecision(): 32 {
    return 32
  }
  override epsilon(): number {
    return 1e-7
  }
  override dispose(): void {}
}

/** Makes `next` the recorder that the capture backend writes to; returns the one before. */
export function useRecorder(next: Recorder | undefined): Recorder | undefined {
  registerBackend()
  const before = recorder
  recorder = next
  return before
}

/** What is private in tfjs's types. */
interface EngineParts {
  readonly registry: Readonly<Record<string, tf.KernelBackend | undefined>>
  backendName: string
  backendInstance: tf.KernelBackend | null
  profiler: unknown
}

/** What was current with a backend, by its name. */
const current = new Map<string, Pick<EngineParts, 'backendInstance' | 'profiler'>>()

/** Makes a backend current synchronously: setBackend does its work before it returns its promise. */
export function switchBackend(name: string): void {
  if (tf.getBackend() === name) return
  const engine = tf.engine() as unknown as EngineParts
  const known = current.get(name)
  if (known !== undefined && known.backendInstance === engine.registry[name]) {
    // tfjs goes through all kernels of all backends each time, for those that must be set up: as long as the capture of some layers.
    Object.assign(engine, known, { backendName: name })
    return
  }
  tf.setBackend(name).catch(() => {
    throw new EngineError({
      where: 'switchBackend',
      expected: `tfjs backend ${name} must be registered`,
    })
  })
  const { backendInstance, profiler } = engine
  if (backendInstance !== null) current.set(name, { backendInstance, profiler })
}

const registered = new Set<string>()

function registerBackend(): void {
  if (tf.findBackendFactory(CAPTURE_BACKEND) == null) {
    tf.registerBackend(CAPTURE_BACKEND, () => new CaptureBackend(), 0)
  }
  // Kernels of the CPU backend that the op table lacks are registered too: the recorder then says what is missing.
  const names = [
    ...listKernels().map(({ kernel }) => kernel),
    ...tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName),
  ]
  for (const kernelName of names) {
    if (registered.has(kernelName)) continue
    registered.add(kernelName)
    tf.registerKernel({
      kernelName,
      backendName: CAPTURE_BACKEND,
      kernelFunc: ({ inputs, attrs }) => active().call(kernelName, inputs, attrs ?? {}),
    })
  }
}

function active(): Recorder {
  if (recorder === undefined) {
    throw new EngineError({
      where: 'capture',
      expected: `tfjs backend ${CAPTURE_BACKEND} must not be used outside a capture`,
    })
  }
  return recorder
}

function readError(): EngineError {
  return new EngineError({
    where: `${capturePlace()}${callerLine()}`,
    expected: "a tensor's numbers must not be read while the program is captured",
    hint: 'Keep to tensor operations: dataSync(), data() and arraySync() have nothing to return yet. Where a number decides what runs next, use cond() or whileLoop() of @ashlar/graph; where it only chooses between tensors, tf.where().',
  })
}
