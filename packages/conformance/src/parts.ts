/** A way to run the suite. */
export interface Part {
  readonly name: 'op-table' | 'default'
  readonly title: string
  /** Where pieces run that are too small to be worth a session. */
  readonly smallWork: 'cpu' | 'onnxruntime'
}

/** Every piece gets a session, so that the op table computes it; and the backend as programs get it. */
export const PARTS: readonly Part[] = [
  {
    name: 'op-table',
    title: 'every piece on onnxruntime',
    smallWork: 'onnxruntime',
  },
  {
    name: 'default',
    title: "the backend's defaults: small pieces by tfjs's kernels",
    smallWork: 'cpu',
  },
]
