import { env, InferenceSession, Tensor } from './ort/ort.wasm.min.mjs'

/**
 * The served file, run in this browser by onnxruntime-web. One thread: more would need headers that keep other pages out.
 *
 * @param {string} file
 */
export async function openModel(file) {
  env.wasm.numThreads = 1
  env.wasm.wasmPaths = new URL('./ort/', import.meta.url).href
  const session = await InferenceSession.create(file, { executionProviders: ['wasm'] })
  const input = /** @type {string} */ (session.inputNames[0])
  const output = /** @type {string} */ (session.outputNames[0])
  return {
    /**
     * @param {{ shape: number[], data: Float32Array }} image
     * @returns {Promise<Float32Array>} the first output, flat
     */
    async run({ shape, data }) {
      const results = await session.run({ [input]: new Tensor('float32', data, shape) })
      return /** @type {Float32Array} */ (results[output]?.data)
    },
  }
}
