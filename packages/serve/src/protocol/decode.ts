import { type Datatype, datatypes } from './datatypes.ts'
import { RequestError } from './errors.ts'
import { asObject, type JsonLimits, parseJson } from './json.ts'
import { readData } from './json-data.ts'
import type { InferRequest, ModelMetadata, Parameters, RequestedOutput } from './messages.ts'
import { booleanParameter, readParameters, wholeParameter } from './parameters.ts'
import { joined, lengthOf, type Pieces, slice } from './pieces.ts'
import { checkSize, encodeBytes, type InputTensor, readShape } from './tensor.ts'

/** The body of a request for inference. */
export interface EncodedRequest {
  readonly body: Pieces
  /** `Inference-Header-Content-Length`, as it came. */
  readonly headerLength?: string | undefined
  readonly limits: JsonLimits
  /** The model that the request is for; only a body without any JSON needs it. */
  readonly metadata: Pick<ModelMetadata, 'name' | 'inputs'>
}

/** Which outputs go as binary data; the rest go as JSON. */
export interface OutputForms {
  readonly fallback: boolean
  readonly byName: ReadonlyMap<string, boolean>
}

/** What the body says; the rest comes from elsewhere. */
export interface DecodedRequest {
  readonly request: Omit<InferRequest, 'model' | 'version' | 'isGone'>
  readonly forms: OutputForms
}

const HEADER = 'Inference-Header-Content-Length'
const MAX_INT32 = 2_147_483_647

/**
 * Reads a request for inference: JSON, JSON followed by binary tensors, or one bare binary tensor.
 *
 * @throws RequestError when anything about it is not as the protocol wants it.
 */
export function decodeRequest(encoded: EncodedRequest): DecodedRequest {
  const { body, limits } = encoded
  const size = lengthOf(body)
  const length = headerLength(encoded.headerLength, size)
  if (length === 0) return bareTensor(body, encoded.metadata)
  const json = joined(length === undefined ? body : slice(body, 0, length))
  const message = asObject('request', parseJson('request', json, limits))
  const binary = new BinaryTail(length === undefined ? undefined : slice(body, length, size))
  const parameters = readParameters('request', message.parameters)
  const inputs = list('inputs', message.inputs).map((item, index) =>
    readInput(asObject(`inputs[${index}]`, item), index, binary),
  )
  binary.finish()
  const outputs =
    message.outputs === undefined
      ? undefined
      : list('outputs', message.outputs).map((item, index) =>
          readOutput(asObject(`outputs[${index}]`, item), index),
        )
  if (message.id !== undefined && typeof message.id !== 'string') {
    throw new RequestError('INVALID_ARGUMENT', {
      where: 'request',
      expected: 'id must be a string',
      given: message.id,
    })
  }
  return {
    request: {
      id: message.id,
      parameters,
      inputs,
      // An empty list asks for all, as leaving it out does.
      outputs: outputs?.length ? outputs.map(({ requested }) => requested) : undefined,
    },
    forms: {
      fallback: booleanParameter('request', parameters, 'binary_data_output') ?? false,
      byName: new Map(
        (outputs ?? []).flatMap(({ requested, binary: form }) =>
          form === undefined ? [] : [[requested.name, form] as const],
        ),
      ),
    },
  }
}

function headerLength(text: string | undefined, size: number): number | undefined {
  if (text === undefined) return undefined
  const length = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (length <= MAX_INT32 && length <= size) return length
  throw new RequestError('INVALID_ARGUMENT', {
    where: HEADER,
    expected: `must be the bytes of JSON at the start of the body, which has ${size} bytes`,
    given: text,
  })
}

/** The binary tensors behind the JSON, taken one after another. */
class BinaryTail {
  private readonly bytes: Pieces | undefined
  private readonly length: number
  private offset = 0

  constructor(bytes: Pieces | undefined) {
    this.bytes = bytes
    this.length = lengthOf(bytes ?? [])
  }

  take(where: string, size: number): Pieces {
    if (this.bytes === undefined) {
      throw new RequestError('INVALID_ARGUMENT', {
        where,
        expected: `a request with binary data must have the header ${HEADER}`,
      })
    }
    const left = this.length - this.offset
    if (size > left) {
      throw new RequestError('INVALID_ARGUMENT', {
        where,
        expected: `binary data must have ${size} bytes: expecting ${size - left} additional bytes`,
        given: left,
      })
    }
    this.offset += size
    return slice(this.bytes, this.offset - size, this.offset)
  }

  finish(): void {
    const left = this.length - this.offset
    if (left === 0) return
    throw new RequestError('INVALID_ARGUMENT', {
      where: 'request',
      expected: 'must end with the last tensor: unexpected additional input data',
      given: `${left} bytes more`,
    })
  }
}

function readInput(
  item: Readonly<Record<string, unknown>>,
  index: number,
  tail: BinaryTail,
): InputTensor {
  const name = readName(`inputs[${index}]`, item.name)
  const where = `input ${JSON.stringify(name)}`
  const datatype = readDatatype(where, item.datatype)
  const shape = readShape(where, item.shape)
  const parameters = readParameters(where, item.parameters)
  refuseSharedMemory(where, parameters)
  const size = wholeParameter(where, parameters, 'binary_data_size')
  if (size === undefined) {
    return { name, datatype, shape, data: readData(where, datatype, shape, item.data) }
  }
  if (item.data !== undefined) {
    throw new RequestError('INVALID_ARGUMENT', {
      where,
      expected: 'must have either data or the parameter binary_data_size, not both',
    })
  }
  const tensor = { name, datatype, shape, data: tail.take(where, size) }
  checkSize(where, tensor)
  return tensor
}

function readOutput(
  item: Readonly<Record<string, unknown>>,
  index: number,
): { requested: RequestedOutput; binary: boolean | undefined } {
  const name = readName(`outputs[${index}]`, item.name)
  const where = `output ${JSON.stringify(name)}`
  const parameters = readParameters(where, item.parameters)
  return { requested: requestedOutput(name, parameters), binary: binaryForm(where, parameters) }
}

function binaryForm(where: string, parameters: Parameters): boolean | undefined {
  return booleanParameter(where, parameters, 'binary_data')
}

/** An output with what its parameters ask for. */
export function requestedOutput(name: string, parameters: Parameters): RequestedOutput {
  const where = `output ${JSON.stringify(name)}`
  refuseSharedMemory(where, parameters)
  const classes = wholeParameter(where, parameters, 'classification')
  return { name, ...(classes ? { classification: classes } : {}) }
}

/** A tensor in memory of the client's, which is not followed here: passing over that would leave the client with what was there before. */
export function refuseSharedMemory(where: string, parameters: Parameters): void {
  const name = Object.keys(parameters).find((each) => each.startsWith('shared_memory_'))
  if (name === undefined) return
  throw new RequestError('INVALID_ARGUMENT', {
    where: `${where}: parameter ${name}`,
    expected: 'must be left out: there is no shared memory here',
    hint: 'Send and ask for tensors as binary data.',
  })
}

/** The datatype that a client named. */
export function readDatatype(where: string, value: unknown): Datatype {
  const found = typeof value === 'string' ? datatypes.get(value) : undefined
  if (found !== undefined) return found
  throw new RequestError('INVALID_ARGUMENT', {
    where,
    expected: `datatype must be one of ${[...datatypes.keys()].join(', ')}`,
    given: value,
  })
}

function readName(where: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new RequestError('INVALID_ARGUMENT', {
    where,
    expected: 'name must be a string that is not empty',
    given: value,
  })
}

function list(where: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new RequestError('INVALID_ARGUMENT', {
    where: 'request',
    expected: `${where} must be a list`,
    given: value,
  })
}

/** A body that is nothing but the elements of the model's one input. */
function bareTensor(
  body: Pieces,
  { inputs, name: model }: Pick<ModelMetadata, 'name' | 'inputs'>,
): DecodedRequest {
  const refuse = (expected: string, given?: unknown) =>
    new RequestError('INVALID_ARGUMENT', {
      where: `model ${JSON.stringify(model)}`,
      expected,
      given,
    })
  const [input] = inputs
  if (input === undefined || inputs.length > 1) {
    throw refuse('a body without JSON is only for models with one input', inputs.length)
  }
  const datatype = readDatatype(input.name, input.datatype)
  if (datatype.bytes === 0) {
    const shape = input.shape.map((size) => (size < 0 ? 1 : size))
    const tensor = { name: input.name, datatype, shape, data: encodeBytes([joined(body)]) }
    checkSize(`input ${JSON.stringify(input.name)}`, tensor)
    return wrapBare(tensor)
  }
  // Where two sizes vary, the first is the batch, and it is one sample that comes this way.
  const varying = input.shape.flatMap((size, axis) => (size < 0 ? [axis] : []))
  const open = varying.length === 2 && varying[0] === 0 ? varying[1] : varying[0]
  if (varying.length > 2 || (varying.length === 2 && varying[0] !== 0)) {
    throw refuse('a body without JSON is only for inputs with at most one size that varies')
  }
  const known = input.shape.reduce((product, size) => product * (size < 0 ? 1 : size), 1)
  const length = lengthOf(body)
  const rest = length / (known * datatype.bytes)
  if (!Number.isSafeInteger(rest) || rest < 1 || (open === undefined && rest !== 1)) {
    const times = open === undefined ? '' : 'a multiple of '
    throw refuse(`the body must have ${times}${known * datatype.bytes} bytes`, length)
  }
  const shape = input.shape.map((size, axis) => (size >= 0 ? size : axis === open ? rest : 1))
  return wrapBare({ name: input.name, datatype, shape, data: body })
}

const NO_PARAMETERS: Parameters = {}
const ALL_BINARY: OutputForms = { fallback: true, byName: new Map() }

function wrapBare(tensor: InputTensor): DecodedRequest {
  return {
    request: { id: undefined, parameters: NO_PARAMETERS, inputs: [tensor], outputs: undefined },
    forms: ALL_BINARY,
  }
}
