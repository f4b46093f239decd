/** A case in which tfjs-node is no reference, and why. */
export interface Difference {
  /** The beginning of the test's name: kernel, example and, for a derivative, the input. */
  readonly test: string
  readonly reason: string
}

/**
 * Where tfjs-node cannot do what an example asks for, or does it unlike tfjs's own CPU backend, which ONNX follows. Each is
 * still tried: one that agrees after all fails, so that this list never hides more than it must.
 */
export const differences: readonly Difference[] = [
  { test: 'Sign 0', reason: 'sign(NaN) is NaN in TensorFlow, 0 in tfjs' },
  { test: 'CropAndResize nearest to 3 x 4', reason: 'TensorFlow rounds halves up, tfjs down' },
  {
    test: 'NonMaxSuppressionV4 overlap of 0',
    reason: 'boxes that only touch overlap in tfjs, not in TensorFlow',
  },
  { test: 'DepthToSpace channels first', reason: "TensorFlow's CPU has no such kernel" },
  { test: 'Einsum batches', reason: "tfjs-node's Einsum takes no spaces in its equation" },
  { test: 'UnsortedSegmentSum outside', reason: 'TensorFlow refuses ids outside of the segments' },
  ...['larger', 'square', 'smaller', 'to one'].flatMap((size) =>
    ['ResizeBilinear', 'ResizeNearestNeighbor'].map((kernel) => ({
      test: `${kernel} ${size}, half pixels, by images`,
      reason: 'tfjs-node passes no half_pixel_centers to the derivative',
    })),
  ),
  ...['Maximum', 'Minimum', 'SquaredDifference'].map((kernel) => ({
    test: `${kernel} broadcast, by b`,
    reason: "tfjs's derivative does not sum over broadcast axes",
  })),
  { test: 'Select whole rows, by', reason: "tfjs's derivative does not broadcast the condition" },
  { test: 'Unpack one, by value', reason: "tfjs's derivative takes lists alone" },
  {
    test: 'FusedBatchNorm no scale, no offset, by',
    reason: "tfjs's derivative asks for the scale",
  },
  { test: 'Conv2D dilated valid, by', reason: 'tfjs has no derivative of dilated convolutions' },
  {
    test: 'Conv2D explicit padding, by',
    reason: 'tfjs-node has no derivative with explicit padding',
  },
  {
    test: 'DepthwiseConv2dNative dilated, by',
    reason: 'tfjs has no derivative of dilated convolutions',
  },
]

/** Attributes that tfjs's own functions always give and that examples may leave out: tfjs-node insists on them. */
export const alwaysGiven: Readonly<Record<string, object>> = {
  BatchMatMul: { transposeA: false, transposeB: false },
  Prod: { keepDims: false },
}
