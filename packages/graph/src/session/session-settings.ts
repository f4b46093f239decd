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
  /** Outputs that stay in a device's memory; only for providers of a {@link deviceOf}. */
  readonly onDevice?: readonly string[] | undefined
}

/** A device with memory of its own, whose tensors onnxruntime-node can hand over. */
export interface Device {
  /** What onnxruntime-node calls its memory. */
  readonly location: 'gpu-buffer'
  /** Parts that one Split may make there. */
  readonly mostParts: number
}

/** By execution provider. */
const DEVICES: ReadonlyMap<string, Device> = new Map([
  // WebGPU's specification has every device bind 8 storage buffers to a shader: one that is read, and 7 parts.
  ['webgpu', { location: 'gpu-buffer', mostParts: 7 }],
])

/** The device of the first provider. */
export function deviceOf({ providers }: EngineOptions): Device | undefined {
  return DEVICES.get(providers?.[0] ?? 'cpu')
}

/** The options as onnxruntime-node takes them, for whoever starts its session in another process. Loads nothing. */
export function sessionSettings(options: SessionOptions = {}): ort.InferenceSession.SessionOptions {
  const device = deviceOf(options)
  const onDevice = device === undefined ? [] : (options.onDevice ?? [])
  return {
    executionProviders: [...(options.providers ?? ['cpu'])],
    graphOptimizationLevel: options.optimization ?? 'all',
    enableMemPattern: options.memoryPattern ?? true,
    // Errors are thrown; they need not be printed as well.
    logSeverityLevel: 4,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(onDevice.length === 0
      ? {}
      : {
          preferredOutputLocation: Object.fromEntries(
            onDevice.map((name) => [name, device!.location]),
          ),
        }),
    ...(options.profile === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: options.profile }),
  }
}
