import type * as ort from 'onnxruntime-node'
import type { EngineOptions } from './options.ts'

/** How a session is made. */
export interface SessionOptions extends EngineOptions {
  /** Where onnxruntime writes a profile of each run, for finding hot spots. */
  readonly profile?: string | undefined
  /**
   * Whether onnxruntime plans the memory of a run as one block, true by default. A training step then takes up to twice as much of it, and no less time.
   */
  readonly memoryPattern?: boolean | undefined
  /** How far onnxruntime rewrites the graph; default `all`. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all'
}

/** The options as onnxruntime-node takes them, for whoever starts its session in another process. Loads nothing. */
export function sessionSettings(options: SessionOptions = {}): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [...(options.providers ?? ['cpu'])],
    graphOptimizationLevel: options.optimization ?? 'all',
    enableMemPattern: options.memoryPattern ?? true,
    // Errors are thrown; they need not be printed as well.
    logSeverityLevel: 4,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(options.profile === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: options.profile }),
  }
}
