import type { Datatype } from '../protocol/datatypes.ts'
import { readDatatype, refuseSharedMemory, requestedOutput } from '../protocol/decode.ts'
import { RequestError } from '../protocol/errors.ts'
import { readData } from '../protocol/json-data.ts'
import type { InferRequest, InferResponse, Parameters } from '../protocol/messages.ts'
import { readParameters } from '../protocol/parameters.ts'
import {
  checkSize,
  elementCount,
  encodeBytes,
  readShape,
  shapeText,
  type Tensor,
} from '../protocol/tensor.ts'

/** A parameter as gRPC has it: one of its fields, which `parameter_choice` names. 64-bit numbers come as text. */
interface Choice {
  readonly parameter_choice?: string
  readonly [name: string]: unknown
}

/** The messages, as the generated reader gives them: all fields are there, 64-bit numbers as text. */
export interface ModelInferRequest {
  readonly model_name: string
  readonly model_version: string
  readonly id: string
  readonly parameters: Readonly<Record<string, Choice>>
  readonly inputs: readonly {
    readonly name: string
    readonly datatype: string
    readonly shape: readonly string[]
    readonly parameters: Readonly<Record<string, Choice>>
    readonly contents: Readonly<Record<string, readonly unknown[]>> | null
  }[]
  readonly outputs: readonly {
    readonly name: string
    readonly parameters: Readonly<Record<string, Choice>>
  }[]
  readonly raw_input_contents: readonly Buffer[]
}

/** Which list of `contents` has the elements of a type; FP16 and BF16 must come raw. */
const CONTENTS: Readonly<Record<string, string>> = {
  BOOL: 'bool_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  FP32: 'fp32_contents',
  FP64: 'fp64_contents',
  BYTES: 'bytes_contents',
}

/**
 * Reads a request for inference.
 *
 * @param isGone whether the client has gone.
 * @throws RequestError when anything about it is not as the protocol wants it.
 */
export function readInferRequest(message: ModelInferRequest, isGone?: () => boolean): InferRequest {
  const raw = message.raw_input_contents
  if (raw.length > 0 && raw.length !== message.inputs.length) {
    throw refuse('request', 'raw_input_contents must have one item for each input', raw.length)
  }
  return {
    model: message.model_name,
    version: message.model_version || undefined,
    id: message.id || undefined,
    parameters: readParameters('request', plainParameters(message.parameters)),
    inputs: message.inputs.map((input, index) => readInput(input, raw[index])),
    outputs:
      message.outputs.length === 0
        ? undefined
        : message.outputs.map(({ name, parameters }) =>
            requestedOutput(
              name,
              readParameters(`output ${JSON.stringify(name)}`, plainParameters(parameters)),
            ),
          ),
    isGone,
  }
}

/** Writes the answer; tensors go raw, whatever the request had. */
export function writeInferResponse(response: InferResponse): object {
  return {
    model_name: response.model,
    model_version: response.version,
    id: response.id ?? '',
    outputs: response.outputs.map(({ name, datatype, shape }) => ({
      name,
      datatype: datatype.name,
      shape,
    })),
    raw_output_contents: response.outputs.map(({ data }) => data),
  }
}

/** Parameters as plain values. Whole numbers come as text, and become numbers, or bigints where those would be rounded. */
export function plainParameters(parameters: Readonly<Record<string, Choice>>): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, choice]) => {
      const kind = choice.parameter_choice ?? ''
      const value = choice[kind] as string | number | boolean
      if (kind !== 'int64_param' && kind !== 'uint64_param') return [name, value]
      const number = Number(value)
      return [name, Number.isSafeInteger(number) ? number : BigInt(value)]
    }),
  )
}

function readInput(input: ModelInferRequest['inputs'][number], raw: Buffer | undefined): Tensor {
  const where = `input ${JSON.stringify(input.name)}`
  const datatype = readDatatype(where, input.datatype)
  const shape = readShape(where, input.shape.map(Number))
  refuseSharedMemory(where, plainParameters(input.parameters))
  const given = Object.entries(input.contents ?? {}).filter(([, list]) => list.length > 0)
  if (raw !== undefined) {
    if (given.length > 0) throw refuse(where, 'contents must be empty when raw contents are sent')
    const tensor = { name: input.name, datatype, shape, data: raw }
    checkSize(where, tensor)
    return tensor
  }
  const wanted = CONTENTS[datatype.name]
  if (wanted === undefined) throw refuse(where, `${datatype.name} must be sent as raw contents`)
  const wrong = given.find(([name]) => name !== wanted)
  if (wrong !== undefined) throw refuse(where, `elements must be in ${wanted}`, wrong[0])
  const list = input.contents?.[wanted] ?? []
  if (isFloat(datatype)) {
    return { name: input.name, datatype, shape, data: floats(where, datatype, shape, list) }
  }
  if (datatype.bytes > 0) {
    const elements = datatype.bytes === 8 ? list.map((item) => BigInt(item as string)) : list
    return { name: input.name, datatype, shape, data: readData(where, datatype, shape, elements) }
  }
  checkCount(where, datatype, shape, list)
  return { name: input.name, datatype, shape, data: encodeBytes(list as Buffer[]) }
}

function isFloat({ name }: Datatype): boolean {
  return name === 'FP32' || name === 'FP64'
}

/** Floats of the wire are floats of the tensor: NaN and infinities, which JSON lacks, among them. */
function floats(
  where: string,
  datatype: Datatype,
  shape: readonly number[],
  list: readonly unknown[],
): Uint8Array {
  checkCount(where, datatype, shape, list)
  const numbers = list as readonly number[]
  const array = datatype.bytes === 4 ? Float32Array.from(numbers) : Float64Array.from(numbers)
  return new Uint8Array(array.buffer)
}

function checkCount(
  where: string,
  { name }: Datatype,
  shape: readonly number[],
  list: readonly unknown[],
): void {
  const count = elementCount(shape)
  if (list.length === count) return
  throw refuse(where, `${name} ${shapeText(shape)} must have ${count} elements`, list.length)
}

function refuse(where: string, expected: string, given?: unknown): RequestError {
  return new RequestError('INVALID_ARGUMENT', { where, expected, given })
}
