import { EngineError } from '@ashlar/errors'
import * as ort from 'onnxruntime-node'
import type { EngineOptions } from './options.ts'

export interface SessionOptions extends EngineOptions {
  /** Where onnxruntime writes a profile of each run, for finding hot spots. */
  readonly profile?: string | undefined
  /** How far onnxruntime rewrites the graph; default `all`. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all'
}

/**
 * An onnxruntime session for the bytes of an ONNX model.
 *
 * @throws EngineError with onnxruntime's reason when the model or a provider is refused.
 */
export async function createSession(
  model: Uint8Array,
  options: SessionOptions = {},
): Promise<ort.InferenceSession> {
  const providers = options.providers ?? ['cpu']
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: [...providers],
      graphOptimizationLevel: options.optimization ?? 'all',
      logSeverityLevel: 3,
      ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
      ...(options.profile === undefined
        ? {}
        : { enableProfiling: true, profileFilePrefix: options.profile }),
    })
  } catch (cause) {
    throw new EngineError({
      where: 'onnxruntime',
      expected: `a session on ${providers.join(', ')} must start`,
      hint: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  }
}
