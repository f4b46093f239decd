import type { Computed } from './evaluator.ts'

/** Settings of the tfjs backend. */
export interface BackendOptions {
  /** Most onnxruntime sessions that are kept for structures seen before; default 256. */
  readonly sessions?: number
  /**
   * Where pieces run that JavaScript computes quicker than a session for them is made: `cpu` (default) has tfjs's own kernels compute them; `onnxruntime` makes
   * a session for each, which pays where a program does the same many times. The place never depends on how often something was called.
   */
  readonly smallWork?: 'cpu' | 'onnxruntime'
  /** Threads of one operator; default: onnxruntime's choice, the number of physical cores. */
  readonly threads?: number | undefined
  /** Is told of each kernel that was computed, and where. */
  readonly onComputed?: ((computed: Computed) => void) | undefined
}

export const defaultOptions: Required<BackendOptions> = {
  sessions: 256,
  smallWork: 'cpu',
  threads: undefined,
  onComputed: undefined,
}
