import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { AshlarError, EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'

/** A backend of tfjs's own that models are run on for comparison. */
export interface ReferenceBackend {
  readonly name: 'tensorflow' | 'wasm' | 'cpu'
  /** Multiplications that it may be asked for in one case: about a second's work. */
  readonly budget: number
  /** Makes it ready to be set; false when it is not installed. */
  prepare(): Promise<boolean>
}

/** The package that makes TensorFlow's native library load; whoever wants it installs it. */
const NATIVE = '@ashlar/native'

/** The backends in the order in which they are tried. None of them is onnxruntime. */
export const referenceBackends: readonly ReferenceBackend[] = [
  {
    name: 'tensorflow',
    budget: 2e10,
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
    async prepare() {
      const wasm = await import('@tensorflow/tfjs-backend-wasm')
      const require = createRequire(import.meta.url)
      const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))
      if (!pathsSet) wasm.setWasmPaths(join(folder, 'dist') + sep)
      pathsSet = true
      return true
    },
  },
  { name: 'cpu', budget: 1e8, prepare: () => Promise.resolve(true) },
]

/**
 * Runs `fn` on the first backend that is there and does all of it: some lack kernels that a model needs.
 *
 * @param fn is told why earlier backends were not taken.
 * @throws EngineError when none does.
 */
export async function onReference<T>(
  fn: (backend: ReferenceBackend, passedOver: readonly string[]) => Promise<T>,
  backends: readonly ReferenceBackend[] = referenceBackends,
): Promise<T> {
  const passedOver: string[] = []
  for (const [index, backend] of backends.entries()) {
    if (!(await backend.prepare())) {
      passedOver.push(`${backend.name}: not installed`)
      continue
    }
    try {
      return await onBackend(backend.name, () => fn(backend, passedOver))
    } catch (error) {
      // Whatever a backend cannot do, the next one may; what none can do is the model's own fault.
      if (error instanceof AshlarError) throw error
      if (index === backends.length - 1) {
        throw new EngineError({
          where: `tfjs backend ${backend.name}`,
          expected: 'the model must run, to be held against its file',
          hint: (error as Error).message,
          cause: error,
        })
      }
      passedOver.push(`${backend.name}: ${(error as Error).message}`)
    }
  }
  throw new EngineError({ where: 'verify', expected: 'a backend of TensorFlow.js must be there' })
}

/** They can be set only until the backend has started. */
let pathsSet = false

/**
 * Runs `fn` with a backend as tfjs's current one, and puts the one before back. tfjs moves the numbers of tensors that live on another
 * backend by itself.
 */
export async function onBackend<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
  const before = tf.getBackend()
  if (!(await tf.setBackend(name))) throw new Error(`tfjs backend ${name} does not start`)
  try {
    return await fn()
  } finally {
    if (before) await tf.setBackend(before)
  }
}
