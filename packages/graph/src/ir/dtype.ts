/** Element types of values in a graph: tfjs's own (float32, int32, bool, string, complex64) and those that only ONNX has. */
export type DType =
  | 'float32'
  | 'float16'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string'
  | 'complex64'

/** Typed arrays that hold values: bool as Uint8Array of 0 and 1, float16 as its bits in a Uint16Array. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

type Numeric = Exclude<DType, 'string' | 'complex64'>

interface DTypeInfo {
  /** Size of one element in bytes. */
  readonly bytes: number
  /** Its number in onnx.TensorProto.DataType. */
  readonly onnx: number
  readonly array: new (buffer: ArrayBufferLike, offset?: number, length?: number) => TypedArray
}

/** All that is known of each element type that a tensor in memory can have. */
export const DTYPES: Readonly<Record<Numeric, DTypeInfo>> = {
  float32: { bytes: 4, onnx: 1, array: Float32Array },
  uint8: { bytes: 1, onnx: 2, array: Uint8Array },
  int8: { bytes: 1, onnx: 3, array: Int8Array },
  int32: { bytes: 4, onnx: 6, array: Int32Array },
  int64: { bytes: 8, onnx: 7, array: BigInt64Array },
  bool: { bytes: 1, onnx: 9, array: Uint8Array },
  float16: { bytes: 2, onnx: 10, array: Uint16Array },
  float64: { bytes: 8, onnx: 11, array: Float64Array },
  uint32: { bytes: 4, onnx: 12, array: Uint32Array },
  uint64: { bytes: 8, onnx: 13, array: BigUint64Array },
}

/** The number of an element type in onnx.TensorProto.DataType. */
export function onnxType(dtype: DType): number {
  if (dtype === 'string') return 8
  if (dtype === 'complex64') return 14
  return DTYPES[dtype].onnx
}

/** A zeroed typed array of `length` elements. */
export function allocate(dtype: DType, length: number): TypedArray {
  if (dtype === 'string' || dtype === 'complex64') {
    throw new TypeError(`no typed array holds ${dtype}`)
  }
  const { array, bytes } = DTYPES[dtype]
  return new array(new ArrayBuffer(length * bytes))
}
