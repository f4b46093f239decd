import { DataError, EngineError } from '@ashlar/errors'
import type { ModelMetadata, TensorMetadata } from '../protocol/messages.ts'
import { decodeBytes } from '../protocol/tensor.ts'

/** Where a server is, and how it is asked. */
export interface ClientOptions {
  /** `http://127.0.0.1:8000`: any server that speaks the Open Inference Protocol. */
  readonly url: string
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined
  /** How long an answer may take, in milliseconds; default 30 s. */
  readonly timeoutMs?: number | undefined
}

/** A class that a model sees, with the value of the output for it. */
export interface ClassScore {
  /** Place in the output. */
  readonly index: number
  /** Name of the class, where the server knows it. */
  readonly label?: string
  readonly value: number
}

/** A tensor to classify: float32, or bytes for a model that takes them. */
export interface ClientInput {
  readonly name: string
  /** `[batch, ...]` */
  readonly shape: readonly number[]
  readonly data: Float32Array | Uint8Array
}

/** A tensor that goes to a server, or comes from one. */
export interface ClientTensor {
  /** `[batch, ...]` */
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'uint8' | 'bool'
  readonly data: Float32Array | Int32Array | Uint8Array
}

/** Asks a server. */
export interface Client {
  /** Names of the models that are ready. */
  models(): Promise<string[]>
  /** What a model takes and gives. */
  metadata(model: string): Promise<ModelMetadata>
  /**
   * The classes with the largest values of a model's first output.
   *
   * @param count how many for each sample.
   * @returns a list for each sample, the largest first.
   */
  classify(model: string, input: ClientInput, count: number): Promise<ClassScore[][]>
  /** The numbers of a model's first output, row after row. */
  infer(model: string, input: ClientInput): Promise<Float32Array>
  /**
   * All outputs of a model by name, of its inputs by name; those of text are left out.
   *
   * @throws DataError for outputs that are none of these types.
   */
  inferNamed(
    model: string,
    inputs: Readonly<Record<string, ClientTensor>>,
  ): Promise<Readonly<Record<string, ClientTensor>>>
}

const LENGTH_HEADER = 'inference-header-content-length'

/**
 * A client of the Open Inference Protocol over HTTP, which sends tensors as binary data.
 *
 * @example const client = createClient({ url: 'http://127.0.0.1:8000' })
 * @throws EngineError by its methods when the server does not answer, or answers with an error.
 */
export function createClient({ url, token, timeoutMs = 30_000 }: ClientOptions): Client {
  const base = url.replace(/\/+$/, '')
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(`${base}/v2/${path}`, { ...init, headers, signal }).catch(
      (cause: unknown) => {
        throw unreachable(base, cause)
      },
    )
    if (response.ok) return response
    throw new EngineError({
      where: `${base}/v2/${path}`,
      expected: 'the server must answer',
      given: `${response.status}: ${await errorIn(response)}`,
    })
  }
  /** The bytes of the one tensor of an answer. */
  const answered = async (model: string, request: RequestInit): Promise<Uint8Array> => {
    const response = await ask(`${pathOf(model)}/infer`, { method: 'POST', ...request })
    const body = new Uint8Array(await response.arrayBuffer())
    return body.subarray(Number(response.headers.get(LENGTH_HEADER)))
  }
  const pathOf = (model: string) => `models/${encodeURIComponent(model)}`
  return {
    async models() {
      const response = await ask('repository/index', {
        method: 'POST',
        body: JSON.stringify({ ready: true }),
      })
      const index = (await response.json()) as { name: string }[]
      return [...new Set(index.map(({ name }) => name))]
    },
    async metadata(model) {
      return (await (await ask(pathOf(model))).json()) as ModelMetadata
    },
    async infer(model, input) {
      const output = firstOutput(model, await this.metadata(model))
      const bytes = await answered(model, encode(input, output))
      return new Float32Array(bytes.slice().buffer)
    },
    async inferNamed(model, inputs) {
      const response = await ask(`${pathOf(model)}/infer`, {
        method: 'POST',
        ...encodeNamed(inputs),
      })
      const body = new Uint8Array(await response.arrayBuffer())
      return decodeNamed(model, body, Number(response.headers.get(LENGTH_HEADER)))
    },
    async classify(model, input, count) {
      const output = firstOutput(model, await this.metadata(model))
      const body = await answered(model, encode(input, output, count))
      const elements = decodeBytes(output, body).map((element) =>
        readClass(new TextDecoder().decode(element)),
      )
      const samples = input.shape[0] ?? 0
      const each = samples === 0 ? 0 : elements.length / samples
      return Array.from({ length: samples }, (_, index) =>
        elements.slice(index * each, (index + 1) * each),
      )
    },
  }
}

function firstOutput(model: string, { outputs }: ModelMetadata): string {
  const output = outputs.find(({ datatype }) => datatype !== 'BYTES')
  if (output !== undefined) return output.name
  throw new DataError({ where: model, expected: 'the model must have an output' })
}

/** JSON, then the tensor's bytes. With a count the answer is asked for as the extension `classification` gives it. */
function encode(
  { name, shape, data }: ClientInput,
  output: string,
  count?: number,
): { headers: Record<string, string>; body: Uint8Array<ArrayBuffer> } {
  const datatype = data instanceof Uint8Array ? 'UINT8' : 'FP32'
  const bytes = bytesOf(data)
  const json = {
    inputs: [{ name, shape, datatype, parameters: { binary_data_size: bytes.length } }],
    outputs: [
      {
        name: output,
        parameters: { ...(count && { classification: count }), binary_data: true },
      },
    ],
  }
  return withBytes(json, [bytes])
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

const DATATYPES = { float32: 'FP32', int32: 'INT32', uint8: 'UINT8', bool: 'BOOL' } as const

function encodeNamed(inputs: Readonly<Record<string, ClientTensor>>): ReturnType<typeof encode> {
  const parts = Object.entries(inputs).map(([name, { shape, dtype, data }]) => {
    const bytes = bytesOf(data)
    const parameters = { binary_data_size: bytes.length }
    return { bytes, json: { name, shape, datatype: DATATYPES[dtype], parameters } }
  })
  const json = {
    inputs: parts.map((part) => part.json),
    parameters: { binary_data_output: true },
  }
  return withBytes(
    json,
    parts.map(({ bytes }) => bytes),
  )
}

/** What an answer says of one of its tensors. */
interface AnsweredTensor extends TensorMetadata {
  readonly data?: readonly number[]
  readonly parameters?: { readonly binary_data_size?: number }
}

function decodeNamed(
  model: string,
  body: Uint8Array,
  jsonLength: number,
): Record<string, ClientTensor> {
  const text = new TextDecoder().decode(jsonLength > 0 ? body.subarray(0, jsonLength) : body)
  const { outputs } = JSON.parse(text) as { readonly outputs: readonly AnsweredTensor[] }
  let at = jsonLength
  return Object.fromEntries(
    outputs.flatMap(({ name, shape, datatype, data, parameters }): [string, ClientTensor][] => {
      if (datatype === 'BYTES') {
        at += parameters?.binary_data_size ?? 0
        return []
      }
      const found = Object.entries(DATATYPES).find(([, each]) => each === datatype)
      if (found === undefined) {
        throw new DataError({
          where: `model ${model}, output ${name}`,
          expected: `must be one of ${Object.values(DATATYPES).join(', ')}`,
          given: datatype,
        })
      }
      const dtype = found[0] as ClientTensor['dtype']
      const size = parameters?.binary_data_size
      const Numbers = NUMBERS[dtype]
      if (size === undefined) return [[name, { shape, dtype, data: Numbers.from(data ?? []) }]]
      const bytes = body.slice(at, at + size)
      at += size
      return [[name, { shape, dtype, data: new Numbers(bytes.buffer) }]]
    }),
  )
}

const NUMBERS = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const

function withBytes(
  head: object,
  parts: readonly Uint8Array[],
): { headers: Record<string, string>; body: Uint8Array<ArrayBuffer> } {
  const json = Buffer.from(JSON.stringify(head))
  const size = parts.reduce((sum, { length }) => sum + length, json.length)
  const body = new Uint8Array(size)
  body.set(json)
  let at = json.length
  for (const part of parts) {
    body.set(part, at)
    at += part.length
  }
  return {
    headers: {
      'content-type': 'application/octet-stream',
      [LENGTH_HEADER]: String(json.length),
    },
    body,
  }
}

/** `value:index` or `value:index:label`; a label may hold colons. */
function readClass(text: string): ClassScore {
  const [value, index, ...label] = text.split(':')
  return {
    index: Number(index),
    ...(label.length > 0 && { label: label.join(':') }),
    value: Number(value),
  }
}

async function errorIn(response: Response): Promise<string> {
  const text = await response.text()
  try {
    return (JSON.parse(text) as { error?: string }).error ?? text
  } catch {
    return text.slice(0, 200)
  }
}

function unreachable(base: string, cause: unknown): EngineError {
  const reason = cause instanceof Error ? (cause.cause ?? cause) : cause
  return new EngineError({
    where: base,
    expected: 'a server must answer there',
    given: reason instanceof Error ? reason.message : String(reason),
    hint: 'Start one: ashlar serve runs/latest',
    cause,
  })
}
