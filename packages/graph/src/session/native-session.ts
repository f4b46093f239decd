import { createRequire } from 'node:module'
import { EngineError } from '@ashlar/errors'
import * as ort from 'onnxruntime-node'
import type { DType, TypedArray } from '../ir/index.ts'
import { type SessionOptions, sessionSettings } from './session-settings.ts'

/** A tensor that a session takes or gives. */
export interface NativeTensor {
  readonly data: TypedArray
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** An onnxruntime session that works at once, without promises. */
export interface NativeSession {
  /** Runs the model: inputs by name, results in the order of `outputs`. */
  run(inputs: Readonly<Record<string, NativeTensor>>, outputs: readonly string[]): TypedArray[]
  /** The same with onnxruntime's tensors, which may be in a device's memory. */
  runTensors(
    inputs: Readonly<Record<string, ort.Tensor>>,
    outputs: readonly string[],
  ): Readonly<Record<string, ort.Tensor>>
  release(): void
}

/**
 * onnxruntime-node's object around the native session. Its public API wraps the same calls in promises, but they are synchronous
 * (1.30: dist/backend.js calls them in setImmediate), and tfjs's dataSync() has to return numbers at once. The other way to
 * get there, a worker thread that the main thread waits for, would copy every tensor twice.
 */
interface Binding {
  initOrt(): void
  readonly binding: { readonly InferenceSession: new () => BoundSession }
}

interface BoundSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void
  run(
    feeds: Readonly<Record<string, ort.Tensor>>,
    fetches: Readonly<Record<string, null>>,
    options: object,
  ): Record<string, ort.Tensor>
  dispose(): void
}

const require = createRequire(import.meta.url)
let loaded: Binding | undefined

/**
 * Starts a session for the bytes of an ONNX model.
 *
 * @throws EngineError when onnxruntime refuses the model, or when the installed onnxruntime-node has no synchronous calls.
 */
export function createNativeSession(
  model: Uint8Array,
  options: SessionOptions = {},
): NativeSession {
  loaded ??= requireBinding(() => require('onnxruntime-node/dist/binding.js'))
  const session = new loaded.binding.InferenceSession()
  try {
    const { buffer, byteOffset, byteLength } = model
    session.loadModel(buffer, byteOffset, byteLength, sessionSettings(options))
  } catch (cause) {
    throw refused('a session must start', cause)
  }
  return {
    run: (inputs, outputs) => {
      const feeds = Object.entries(inputs).map(([name, { data, shape, dtype }]) => {
        return [name, new ort.Tensor(dtype as 'float32', data as Float32Array, shape)] as const
      })
      const results = run(session, Object.fromEntries(feeds), outputs)
      return outputs.map((name) => results[name]!.data as TypedArray)
    },
    runTensors: (inputs, outputs) => run(session, inputs, outputs),
    release: () => session.dispose(),
  }
}

function run(
  session: BoundSession,
  inputs: Readonly<Record<string, ort.Tensor>>,
  outputs: readonly string[],
): Readonly<Record<string, ort.Tensor>> {
  const fetches: Record<string, null> = {}
  for (const name of outputs) fetches[name] = null
  try {
    return session.run(inputs, fetches, {})
  } catch (cause) {
    throw refused('a run must succeed', cause)
  }
}

function refused(expected: string, cause: unknown): EngineError {
  const hint = cause instanceof Error ? cause.message : String(cause)
  return new EngineError({ where: 'onnxruntime', expected, hint, cause })
}

/**
 * The native object of onnxruntime-node, as a module that depends on it finds it.
 *
 * @throws EngineError when it is not where it was, or not what it was.
 */
export function requireBinding(load: () => unknown): Binding {
  const fail = (cause?: unknown) =>
    new EngineError({
      where: 'onnxruntime',
      expected: 'onnxruntime-node must have synchronous sessions in dist/binding.js',
      hint: 'Install onnxruntime-node 1.30, the version that @ashlar/graph asks for.',
      cause,
    })
  let found: Partial<Binding>
  try {
    found = load() as Partial<Binding>
  } catch (cause) {
    throw fail(cause)
  }
  const methods = found.binding?.InferenceSession?.prototype
  const isComplete =
    typeof found.initOrt === 'function' &&
    ['loadModel', 'run', 'dispose'].every((name) => typeof methods?.[name as never] === 'function')
  if (!isComplete) throw fail()
  const binding = found as Binding
  binding.initOrt()
  return binding
}
