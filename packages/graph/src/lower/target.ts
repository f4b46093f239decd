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
   * Whether infinities and NaN do to results what they do in tfjs, always. Maximum pools pass NaN over wherever it stands, and know minus infinity: two passes more over each; else they
   * are ONNX's, which leaves that open. No form is taken that spreads them to results which do not see them, as steps of training may have.
   */
  readonly strict?: boolean
  /** Parts that one Split may make; default: any number. */
  readonly mostParts?: number | undefined
}

/** Standard ONNX for a file. */
export function portableTarget(opset = 17): Target {
  return { opset, portable: true, block: 0 }
}
