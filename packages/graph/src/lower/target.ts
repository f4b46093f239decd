/** What a graph is lowered for. */
export interface Target {
  /** Version of the standard operator set. */
  readonly opset: number
  /**
   * Whether only standard ONNX may be used. True for files; false lets a lowering use what onnxruntime adds to the
   * standard and forms that are fast on its CPU provider.
   */
  readonly portable: boolean
  /** Channels in one block of onnxruntime's NCHWc layout, 0 where it refuses that layout. */
  readonly block: number
  /**
   * Whether maximum pools pass NaN over wherever it stands, and know minus infinity, as tfjs's do: two passes more over each. Else they are ONNX's, which
   * leaves that open.
   */
  readonly strictPools?: boolean
}

/** Standard ONNX for a file. */
export function portableTarget(opset = 17): Target {
  return { opset, portable: true, block: 0 }
}
