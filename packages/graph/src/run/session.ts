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
 * An onnxruntime session for the bytes of an ONNX model, or for a file; one with external data must be a file.
 *
 * @throws EngineError with onnxruntime's reason when the model or a provider is refused.
 */
export async function createSession(
  model: Uint8Array | string,
  options: SessionOptions = {},
): Promise<ort.InferenceSession> {
  const providers = options.providers ?? ['cpu']
  try {
    const settings: ort.InferenceSession.SessionOptions = {
      executionProviders: [...providers],
      graphOptimizationLevel: options.optimization ?? 'all',
      // Errors are thrown; they need not be printed as well.
      logSeverityLevel: 4,
      ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
      ...(options.profile === undefined
        ? {}
        : { enableProfiling: true, profileFilePrefix: options.profile }),
    }
    // Two overloads of one name: the bytes and the path need a call each.
    return typeof model === 'string'
      ? await ort.InferenceSession.create(model, settings)
      : await ort.InferenceSession.create(model, settings)
  } catch (cause) {
    throw new EngineError({
      where: 'onnxruntime',
      expected: `a session on ${providers.join(', ')} must start`,
      hint: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  }
}
