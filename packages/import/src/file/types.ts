/** Element types of ONNX that a model here may have, as `onnx.TensorProto.DataType` numbers them. */
const TYPES = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
  21: 'uint4',
  22: 'int4',
} as const

/** An element type by name. */
export type OnnxType = (typeof TYPES)[keyof typeof TYPES]

/** The element type of a number of `onnx.TensorProto.DataType`; undefined for complex numbers and what has a point in a byte or less. */
export function typeOf(number: number): OnnxType | undefined {
  return (TYPES as Readonly<Record<number, OnnxType>>)[number]
}

/** Whether elements are floats of any width. */
export function isFloat(type: OnnxType): boolean {
  return type === 'float32' || type === 'float16' || type === 'float64' || type === 'bfloat16'
}

/** Whether elements are whole numbers; truth values are none. */
export function isInteger(type: OnnxType): boolean {
  return !isFloat(type) && type !== 'bool' && type !== 'string'
}

/** What TensorFlow.js holds such elements in: all floats in float32, all whole numbers in int32. */
export function tfType(type: OnnxType): 'float32' | 'int32' | 'bool' | 'string' {
  if (type === 'bool' || type === 'string') return type
  return isFloat(type) ? 'float32' : 'int32'
}

/** Smallest and largest number of a whole-number type of at most 16 bits. */
export const SMALL_RANGES: Readonly<Partial<Record<OnnxType, readonly [number, number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
  uint4: [0, 15],
  int4: [-8, 7],
}
