/** A way to run the suite. */
export interface Part {
  readonly name: 'op-table' | 'default'
  readonly title: string
  /** Where pieces run that are too small to be worth a session. */
  readonly smallWork: 'cpu' | 'onnxruntime'
  /** The share of kernels that must have run on onnxruntime, so that the part tests what it says. */
  readonly least: number
}

/** Every piece gets a session, so that the op table computes it; and the backend as programs get it. */
export const PARTS: readonly Part[] = [
  {
    name: 'op-table',
    title: 'every piece on onnxruntime',
    smallWork: 'onnxruntime',
    least: 0.95,
  },
  {
    name: 'default',
    title:
      "the backend's defaults: the suite's tensors are small, so nearly all is tfjs's JavaScript",
    smallWork: 'cpu',
    least: 0,
  },
]
