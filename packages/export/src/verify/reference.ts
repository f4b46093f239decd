import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { withRepairedKernels } from './repaired-kernels.ts'

/** A backend of tfjs's own that models are run on for comparison. */
export interface ReferenceBackend {
  readonly name: 'tensorflow' | 'wasm' | 'cpu'
  /** Multiplications that it may be asked for in one case: about a second's work. */
  readonly budget: number
  /** Bytes that a case may make it hold. */
  readonly memory: number
  /** Makes it ready to be set; false when it is not installed. */
  prepare(): Promise<boolean>
  /** Whether an error has left it in no state to run anything more. */
  isBroken(error: unknown): boolean
}

/** The package that makes TensorFlow's native library load; whoever wants it installs it. */
const NATIVE = '@ashlar/native'

/** The backends in the order in which they are tried. None of them is onnxruntime. */
export const referenceBackends: readonly ReferenceBackend[] = [
  {
    name: 'tensorflow',
    budget: 2e10,
    memory: 8e9,
    isBroken: () => false,
    async prepare() {
      if (tf.findBackendFactory('tensorflow') !== null) return true
      try {
        const native: { offerTensorflow(): Promise<boolean> } = await import(NATIVE)
        return await native.offerTensorflow()
      } catch {
        // The package is not there: the next backend does the work.
        return false
      }
    },
  },
  {
    name: 'wasm',
    budget: 2.5e9,
    // It can have 2 GiB at most, and asks nobody whether it has got them.
    memory: 1.5e9,
    isBroken: (error) => error instanceof Error && error.name === 'RuntimeError',
    async prepare() {
      const wasm = await import('@tensorflow/tfjs-backend-wasm')
      const require = createRequire(import.meta.url)
      const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))
      if (!pathsSet) wasm.setWasmPaths(join(folder, 'dist') + sep)
      pathsSet = true
      return true
    },
  },
  {
    name: 'cpu',
    budget: 1e8,
    memory: 8e9,
    isBroken: () => false,
    prepare: () => Promise.resolve(true),
  },
]

/** A backend cannot run the model: it lacks a kernel, for example. Its cause says why. */
export class BackendError extends Error {}

/** What came of one backend. */
export interface Outcome<T> {
  readonly result: T
  /** Why the next backend shall be asked as well; undefined for a result to keep. */
  readonly doubt?: string | undefined
}

/**
 * Runs `fn` on the first backend that is there and does all of it without doubt. Some lack kernels that a model needs, and some compute some
 * kernels wrong (wasm 4.22: max pooling and transposed convolution in three dimensions).
 *
 * @param fn is told why earlier backends were not taken; throws a {@link BackendError} for what the backend cannot do.
 * @returns the first result without a doubt; the very first when there is none.
 * @throws EngineError when no backend runs the model.
 */
export async function onReference<T>(
  fn: (backend: ReferenceBackend, passedOver: readonly string[]) => Promise<Outcome<T>>,
  backends: readonly ReferenceBackend[] = referenceBackends,
): Promise<T> {
  const passedOver: string[] = []
  let doubtful: Outcome<T> | undefined
  let failure: BackendError | undefined
  for (const backend of backends) {
    if (!(await backend.prepare())) {
      passedOver.push(`${backend.name}: not installed`)
      continue
    }
    try {
      const outcome = await onBackend(backend.name, () => fn(backend, [...passedOver]))
      if (outcome.doubt === undefined) return outcome.result
      doubtful ??= outcome
      passedOver.push(`${backend.name}: ${outcome.doubt}`)
    } catch (error) {
      if (!(error instanceof BackendError)) throw error
      if (backend.isBroken(error.cause)) replace(backend.name)
      failure = error
      passedOver.push(`${backend.name}: ${messageOf(error.cause)}`)
    }
  }
  if (doubtful !== undefined) return doubtful.result
  throw new EngineError({
    where: 'TensorFlow.js',
    expected: 'the model must run, to be held against its file',
    hint: passedOver.join('\n  '),
    cause: failure?.cause,
  })
}

/**
 * Puts a fresh instance in the place of a broken backend. Tensors that live there, such as a model's weights, can be read as before and then move
 * elsewhere; none of its code runs again.
 */
function replace(name: string): void {
  const factory = tf.findBackendFactory(name)
  const broken = tf.engine().registry[name]
  if (broken === undefined) return
  broken.disposeData = () => true
  broken.dispose = () => undefined
  tf.removeBackend(name)
  tf.registerBackend(name, factory)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** They can be set only until the backend has started. */
let pathsSet = false

/**
 * Runs `fn` with a backend as tfjs's current one, with kernels put right, and puts the one before back. tfjs moves the numbers of tensors that live on another
 * backend by itself.
 */
export async function onBackend<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
  const before = tf.getBackend()
  if (!(await tf.setBackend(name))) throw new Error(`tfjs backend ${name} does not start`)
  try {
    return await withRepairedKernels(name, fn)
  } finally {
    if (before) await tf.setBackend(before)
  }
}
