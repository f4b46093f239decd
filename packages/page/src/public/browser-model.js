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
  return {
    /**
     * @param {import('./protocol.js').Tensor[]} inputs
     * @returns {Promise<Map<string, Float32Array>>} the outputs by name, flat
     */
    async run(inputs) {
      const results = await session.run(
        Object.fromEntries(
          inputs.map(({ name, shape, data }) => [name, new Tensor(typeOf(data), data, shape)]),
        ),
      )
      return new Map(
        session.outputNames.flatMap((name) => {
          const found = results[name]
          // A class in words is what the page says by itself.
          if (found === undefined || found.type === 'string') return []
          return [[name, /** @type {Float32Array} */ (found.data)]]
        }),
      )
    },
  }
}

/** @param {import('./protocol.js').Tensor['data']} data */
function typeOf(data) {
  if (data instanceof Uint8Array) return 'uint8'
  return data instanceof Int32Array ? 'int32' : 'float32'
}
