/** A case in which tfjs-node is no reference, and why. */
export interface Difference {
  /** The test's name: kernel, example and, for a derivative, the input; all inputs when it ends in `by`. */
  readonly test: string
  readonly reason: string
}

/**
 * Where TensorFlow computes unlike tfjs's own CPU backend, which ONNX follows. Each is
 * still tried: one that agrees after all fails, so that this list never hides more than it must.
 */
export const differences: readonly Difference[] = [
  { test: 'Sign 0', reason: 'sign(NaN) is NaN in TensorFlow, 0 in tfjs' },
  { test: 'CropAndResize nearest to 3 x 4', reason: 'TensorFlow rounds halves up, tfjs down' },
  ...['V3', 'V4', 'V5'].map((version) => ({
    test: `NonMaxSuppression${version} overlap of 0, scores above 0.2`,
    reason: 'boxes that only touch overlap in tfjs, not in TensorFlow',
  })),
  {
    test: 'NonMaxSuppressionV4 overlap of 0, scores above 0.2, as many as there are',
    reason: 'boxes that only touch overlap in tfjs, not in TensorFlow',
  },
  ...['larger', 'square', 'smaller', 'to one'].flatMap((size) =>
    ['ResizeBilinear', 'ResizeNearestNeighbor'].map((kernel) => ({
      test: `${kernel} ${size}, half pixels, by images`,
      reason: 'tfjs-node passes no half_pixel_centers to the derivative',
    })),
  ),
  {
    test: 'ClipByValue integers, one bound',
    reason: 'tfjs-node takes the bound that is left out for 0',
  },
  ...['ResizeBilinearGrad', 'ResizeNearestNeighborGrad'].map((kernel) => ({
    test: `${kernel} half pixels`,
    reason: 'tfjs-node passes no half_pixel_centers to the derivative',
  })),
]

/** Attributes that tfjs's own functions always give and that examples may leave out: tfjs-node insists on them. */
export const alwaysGiven: Readonly<Record<string, object>> = {
  BatchMatMul: { transposeA: false, transposeB: false },
  Prod: { keepDims: false },
}

/**
 * What tfjs-node says when it, or TensorFlow's CPU, has no kernel for a call: it is no reference for that one. Its Unique takes the axis for a
 * list, which tfjs never gives.
 */
export const REFUSAL: RegExp =
  /Invalid TF_Status|Invalid napi_status|TF Backend supports only|tensor1d\(\) requires values/

/** Largest part of all cases that tfjs-node may refuse: more would mean that little is compared. */
export const MOST_REFUSED = 0.05
