// Requests of the Open Inference Protocol with binary tensors: JSON first, then the tensors' bytes, little-endian.

/** Says how many bytes of the body are JSON. */
const LENGTH_HEADER = 'Inference-Header-Content-Length'

const NO_FLOATS = 'The server must answer with a binary FP32 tensor.'

/**
 * @typedef {{ name: string, datatype: string, shape: number[] }} TensorInfo as the model's metadata has it; -1 for a size that varies
 * @typedef {{ inputs: TensorInfo[], outputs: TensorInfo[] }} ModelInfo
 * @typedef {{ name: string, shape: number[], data: Float32Array | Int32Array | Uint8Array }} Tensor
 */

/**
 * What the server says of a model.
 *
 * @param {string} model
 * @returns {Promise<ModelInfo>}
 */
export async function modelInfo(model) {
  return /** @type {ModelInfo} */ (await (await request(pathOf(model))).json())
}

/**
 * Runs the model on the server.
 *
 * @param {string} model
 * @param {Tensor[]} inputs
 * @returns {Promise<Map<string, Float32Array>>} the outputs by name, flat, in the order of the server
 */
export async function infer(model, inputs) {
  const { headers, body } = encodeRequest(inputs)
  const response = await request(`${pathOf(model)}/infer`, { method: 'POST', headers, body })
  const length = Number(response.headers.get(LENGTH_HEADER))
  return decodeResponse(await response.arrayBuffer(), length)
}

/**
 * A picture of a format that this browser does not read, as a PNG, by the server.
 *
 * @param {Blob} file
 * @returns {Promise<Blob>}
 */
export async function asPng(file) {
  const headers = { 'Content-Type': 'application/octet-stream' }
  // Without a type of its own, which would be sent instead.
  const body = file.slice(0, file.size, headers['Content-Type'])
  return (await request('page/picture', { method: 'POST', headers, body })).blob()
}

/**
 * Tensors in, all outputs back, as bytes.
 *
 * @param {Tensor[]} inputs
 */
export function encodeRequest(inputs) {
  const json = new TextEncoder().encode(
    JSON.stringify({
      parameters: { binary_data_output: true },
      inputs: inputs.map(({ name, shape, data }) => ({
        name,
        shape,
        datatype: datatypeOf(data),
        parameters: { binary_data_size: data.byteLength },
      })),
    }),
  )
  const size = inputs.reduce((sum, { data }) => sum + data.byteLength, 0)
  const body = new Uint8Array(json.length + size)
  body.set(json)
  let offset = json.length
  for (const { data } of inputs) {
    body.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
    offset += data.byteLength
  }
  return {
    headers: { 'Content-Type': 'application/octet-stream', [LENGTH_HEADER]: String(json.length) },
    body,
  }
}

/** @param {Tensor['data']} data */
function datatypeOf(data) {
  if (data instanceof Uint8Array) return 'UINT8'
  return data instanceof Int32Array ? 'INT32' : 'FP32'
}

/**
 * The outputs of an answer that a page can show: those of numbers with a fraction.
 *
 * @param {ArrayBuffer} body
 * @param {number} length bytes of JSON at its start
 * @returns {Map<string, Float32Array>}
 */
export function decodeResponse(body, length) {
  /** @type {{ outputs: { name: string, datatype: string, parameters?: { binary_data_size?: number } }[] }} */
  const answer = JSON.parse(new TextDecoder().decode(body.slice(0, length)))
  /** @type {Map<string, Float32Array>} */
  const found = new Map()
  let offset = length
  for (const { name, datatype, parameters } of answer.outputs) {
    const size = parameters?.binary_data_size
    if (datatype === 'FP32') {
      if (size === undefined) throw new Error(NO_FLOATS)
      // A copy: the tensor need not begin at a multiple of four bytes.
      found.set(name, new Float32Array(body.slice(offset, offset + size)))
    }
    offset += size ?? 0
  }
  if (found.size === 0) throw new Error(NO_FLOATS)
  return found
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 */
async function request(path, init) {
  const response = await fetch(path, init)
  if (response.ok) return response
  const answer = /** @type {{ error?: string }} */ (await response.json().catch(() => ({})))
  throw new Error(answer.error ?? `The server answers ${response.status}.`)
}

/** @param {string} model */
function pathOf(model) {
  return `/v2/models/${encodeURIComponent(model)}`
}
