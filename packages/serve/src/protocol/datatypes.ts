/** A type of tensor elements, as the protocol, Triton's model configuration and onnxruntime call it. */
export interface Datatype {
  /** The protocol's name. */
  readonly name: string
  /** Bytes of an element; 0 when elements differ in length. */
  readonly bytes: number
  /** onnxruntime's name; `undefined` where onnxruntime-node has no such tensors. */
  readonly onnx: string | undefined
  /** The name in a config.pbtxt. */
  readonly config: string
  /** Views bytes, which must be aligned, as elements; left out where an element is no number. */
  readonly view?: (buffer: ArrayBuffer, offset: number, length: number) => NumericView
  /** Which values a JSON number or boolean may have; left out when the type cannot be told in JSON. */
  readonly json?: JsonForm
}

/** A typed array of any element type. */
export type NumericView =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/** How elements are told in JSON. */
export interface JsonForm {
  /** In words, for messages. */
  readonly expected: string
  /** The element as the typed array stores it, or `undefined` when the value is not one. */
  readonly read: (value: unknown) => number | bigint | string | undefined
  /** Turns the elements of a view into JSON values; left out when the elements of the view are right as they are. */
  readonly write?: (value: number | bigint) => string
}

function integers(low: number, high: number): JsonForm {
  return {
    expected: `must be whole numbers from ${low} to ${high}`,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
        ? value
        : undefined,
  }
}

/** Numbers above 2^53 arrive as bigints: see json.ts. */
function longs(low: bigint, high: bigint): JsonForm {
  return {
    expected: `must be whole numbers from ${low} to ${high}`,
    read: (value) => {
      const exact =
        typeof value === 'bigint'
          ? value
          : typeof value === 'number' && Number.isSafeInteger(value)
            ? BigInt(value)
            : undefined
      return exact !== undefined && exact >= low && exact <= high ? exact : undefined
    },
  }
}

function floats(limit: number): JsonForm {
  return {
    expected: `must be numbers of at most ${limit}`,
    read: (value) => {
      const number = typeof value === 'bigint' ? Number(value) : value
      return typeof number === 'number' && Math.abs(number) <= limit ? number : undefined
    },
  }
}

const MAX_FP32 = 3.4028234663852886e38

/** All types, by the protocol's name. */
export const datatypes: ReadonlyMap<string, Datatype> = new Map(
  (
    [
      {
        name: 'BOOL',
        bytes: 1,
        onnx: 'bool',
        config: 'TYPE_BOOL',
        view: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
        json: {
          expected: 'must be true, false, 0 or 1',
          read: (value) =>
            value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined,
          write: (value) => (value === 0 ? 'false' : 'true'),
        },
      },
      {
        name: 'UINT8',
        bytes: 1,
        onnx: 'uint8',
        config: 'TYPE_UINT8',
        view: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
        json: integers(0, 255),
      },
      {
        name: 'UINT16',
        bytes: 2,
        onnx: 'uint16',
        config: 'TYPE_UINT16',
        view: (buffer, offset, length) => new Uint16Array(buffer, offset, length),
        json: integers(0, 65_535),
      },
      {
        name: 'UINT32',
        bytes: 4,
        onnx: 'uint32',
        config: 'TYPE_UINT32',
        view: (buffer, offset, length) => new Uint32Array(buffer, offset, length),
        json: integers(0, 4_294_967_295),
      },
      {
        name: 'UINT64',
        bytes: 8,
        onnx: 'uint64',
        config: 'TYPE_UINT64',
        view: (buffer, offset, length) => new BigUint64Array(buffer, offset, length),
        json: longs(0n, 2n ** 64n - 1n),
      },
      {
        name: 'INT8',
        bytes: 1,
        onnx: 'int8',
        config: 'TYPE_INT8',
        view: (buffer, offset, length) => new Int8Array(buffer, offset, length),
        json: integers(-128, 127),
      },
      {
        name: 'INT16',
        bytes: 2,
        onnx: 'int16',
        config: 'TYPE_INT16',
        view: (buffer, offset, length) => new Int16Array(buffer, offset, length),
        json: integers(-32_768, 32_767),
      },
      {
        name: 'INT32',
        bytes: 4,
        onnx: 'int32',
        config: 'TYPE_INT32',
        view: (buffer, offset, length) => new Int32Array(buffer, offset, length),
        json: integers(-2_147_483_648, 2_147_483_647),
      },
      {
        name: 'INT64',
        bytes: 8,
        onnx: 'int64',
        config: 'TYPE_INT64',
        view: (buffer, offset, length) => new BigInt64Array(buffer, offset, length),
        json: longs(-(2n ** 63n), 2n ** 63n - 1n),
      },
      {
        name: 'FP16',
        bytes: 2,
        onnx: 'float16',
        config: 'TYPE_FP16',
        view: (buffer, offset, length) => new Uint16Array(buffer, offset, length),
      },
      { name: 'BF16', bytes: 2, onnx: undefined, config: 'TYPE_BF16' },
      {
        name: 'FP32',
        bytes: 4,
        onnx: 'float32',
        config: 'TYPE_FP32',
        view: (buffer, offset, length) => new Float32Array(buffer, offset, length),
        json: floats(MAX_FP32),
      },
      {
        name: 'FP64',
        bytes: 8,
        onnx: 'float64',
        config: 'TYPE_FP64',
        view: (buffer, offset, length) => new Float64Array(buffer, offset, length),
        json: floats(Number.MAX_VALUE),
      },
      {
        name: 'BYTES',
        bytes: 0,
        onnx: 'string',
        config: 'TYPE_STRING',
        json: {
          expected: 'must be strings',
          read: (value) => (typeof value === 'string' ? value : undefined),
        },
      },
    ] satisfies Datatype[]
  ).map((type) => [type.name, type]),
)

/** The type that onnxruntime calls so. */
export function datatypeOfOnnx(name: string): Datatype | undefined {
  return [...datatypes.values()].find((type) => type.onnx === name)
}

/** The type that a config.pbtxt calls so. */
export function datatypeOfConfig(name: string): Datatype | undefined {
  return [...datatypes.values()].find((type) => type.config === name)
}
