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
  const outputs = response.outputs.map((tensor) => {
    if (!(forms.byName.get(tensor.name) ?? forms.fallback)) {
      return `{${described(tensor)},"data":${writeData(tensor)}}`
    }
    binary.push(tensor.data)
    return `{${described(tensor)},"parameters":{"binary_data_size":${tensor.data.length}}}`
  })
  const id = response.id === undefined ? '' : `"id":${JSON.stringify(response.id)},`
  const json = Buffer.from(
    `{"model_name":${JSON.stringify(response.model)},"model_version":${JSON.stringify(response.version)},${id}"outputs":[${outputs.join(',')}]}`,
  )
  return binary.length === 0
    ? { body: json, headerLength: undefined }
    : { body: Buffer.concat([json, ...binary]), headerLength: json.length }
}

function described({ name, datatype, shape }: Tensor): string {
  return `"name":${JSON.stringify(name)},"shape":[${shape.join(',')}],"datatype":"${datatype.name}"`
}
