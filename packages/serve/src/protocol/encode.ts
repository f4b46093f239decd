import type { OutputForms } from './decode.ts'
import { writeData } from './json-data.ts'
import type { InferResponse } from './messages.ts'
import type { Tensor } from './tensor.ts'

/** An answer as it goes over HTTP. */
export interface EncodedResponse {
  readonly body: Buffer
  /** Bytes of JSON at the start, when binary data follows. */
  readonly headerLength: number | undefined
}

/**
 * Writes the answer to a request for inference.
 *
 * @throws RequestError when an output has no form in JSON and was not asked for as binary data.
 */
export function encodeResponse(response: InferResponse, forms: OutputForms): EncodedResponse {
  const binary: Uint8Array[] = []
  let size = 0
  let outputs = ''
  for (const tensor of response.outputs) {
    const { name, data } = tensor
    if (outputs !== '') outputs += ','
    if (forms.byName.get(name) ?? forms.fallback) {
      binary.push(data)
      size += data.length
      outputs += `{${described(tensor)},"parameters":{"binary_data_size":${data.length}}}`
    } else outputs += `{${described(tensor)},"data":${writeData(tensor)}}`
  }
  const id = response.id === undefined ? '' : `"id":${JSON.stringify(response.id)},`
  const json = `{"model_name":${JSON.stringify(response.model)},"model_version":${JSON.stringify(response.version)},${id}"outputs":[${outputs}]}`
  const length = Buffer.byteLength(json)
  const body = Buffer.allocUnsafe(length + size)
  body.write(json)
  let offset = length
  for (const data of binary) {
    body.set(data, offset)
    offset += data.length
  }
  return { body, headerLength: binary.length === 0 ? undefined : length }
}

function described({ name, datatype, shape }: Tensor): string {
  return `"name":${JSON.stringify(name)},"shape":[${shape.join(',')}],"datatype":"${datatype.name}"`
}
