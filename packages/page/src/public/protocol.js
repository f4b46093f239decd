// Requests of the Open Inference Protocol with binary tensors: JSON first, then the tensors' bytes, little-endian.

/** Says how many bytes of the body are JSON. */
const LENGTH_HEADER = 'Inference-Header-Content-Length'

/**
 * @typedef {{ name: string, datatype: string, shape: number[] }} TensorInfo as the model's metadata has it; -1 for a size that varies
 * @typedef {{ inputs: TensorInfo[], outputs: TensorInfo[] }} ModelInfo
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
 * @param {{ name: string, shape: number[], data: Float32Array }} input
 * @returns {Promise<Float32Array>} the first output, flat
 */
export async function infer(model, input) {
  const { headers, body } = encodeRequest(input)
  const response = await request(`${pathOf(model)}/infer`, { method: 'POST', headers, body })
  const length = Number(response.headers.get(LENGTH_HEADER))
  return decodeResponse(await response.arrayBuffer(), length)
}

/**
 * One float32 tensor in, all outputs back, as bytes.
 *
 * @param {{ name: string, shape: number[], data: Float32Array }} input
 */
export function encodeRequest({ name, shape, data }) {
  const json = new TextEncoder().encode(
    JSON.stringify({
      parameters: { binary_data_output: true },
      inputs: [
        { name, shape, datatype: 'FP32', parameters: { binary_data_size: data.byteLength } },
      ],
    }),
  )
  const body = new Uint8Array(json.length + data.byteLength)
  body.set(json)
  body.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), json.length)
  return {
    headers: { 'Content-Type': 'application/octet-stream', [LENGTH_HEADER]: String(json.length) },
    body,
  }
}

/**
 * The first output of an answer.
 *
 * @param {ArrayBuffer} body
 * @param {number} length bytes of JSON at its start
 * @returns {Float32Array}
 */
export function decodeResponse(body, length) {
  /** @type {{ outputs: { datatype: string, parameters?: { binary_data_size?: number } }[] }} */
  const answer = JSON.parse(new TextDecoder().decode(body.slice(0, length)))
  const [output] = answer.outputs
  const size = output?.parameters?.binary_data_size
  if (output?.datatype !== 'FP32' || size === undefined) {
    throw new Error('The server must answer with a binary FP32 tensor.')
  }
  // A copy: the tensor need not begin at a multiple of four bytes.
  return new Float32Array(body.slice(length, length + size))
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
