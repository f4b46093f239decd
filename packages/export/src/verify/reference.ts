import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import * as tf from '@tensorflow/tfjs'

/** A backend of tfjs's own that models are run on for comparison. */
export interface ReferenceBackend {
  readonly name: 'tensorflow' | 'wasm' | 'cpu'
  /** Makes it ready to be set; false when it is not installed. */
  prepare(): Promise<boolean>
}

/** The package that makes TensorFlow's native library load; whoever wants it installs it. */
const NATIVE = '@ashlar/native'

/** The backends in the order in which they are tried. None of them is onnxruntime. */
export const referenceBackends: readonly ReferenceBackend[] = [
  {
    name: 'tensorflow',
    async prepare() {
      if (tf.findBackendFactory('tensorflow') !== null) return true
      try {
        await import(NATIVE)
      } catch {
        // Not installed, or built for another machine: the next backend does the work.
        return false
      }
      return tf.findBackendFactory('tensorflow') !== null
    },
  },
  {
    name: 'wasm',
    async prepare() {
      const wasm = await import('@tensorflow/tfjs-backend-wasm')
      const require = createRequire(import.meta.url)
      const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))
      if (!pathsSet) wasm.setWasmPaths(join(folder, 'dist') + sep)
      pathsSet = true
      return true
    },
  },
  { name: 'cpu', prepare: () => Promise.resolve(true) },
]

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
