import type { Computed } from './evaluator.ts'

/** Settings of the tfjs backend. */
export interface BackendOptions {
  /** Most onnxruntime sessions that are kept for structures seen before; default 256. */
  readonly sessions?: number
  /**
   * Where pieces run that are too small to be worth a session: `cpu` (default) has tfjs's own kernels compute them until the same structure has
   * come so often that a session would have been quicker; `onnxruntime` makes a session for each.
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
