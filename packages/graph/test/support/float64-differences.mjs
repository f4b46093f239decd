// Central differences of tfjs's CPU kernels in double precision: a process of its own, in which every array of singles is one of doubles.
// Takes calls as JSON on stdin, gives a list of derivatives by input for each, or what went wrong.

globalThis.Float32Array = /** @type {any} */ (Float64Array)
const tf = await import('@tensorflow/tfjs')
await tf.setBackend('cpu')

let text = ''
for await (const part of process.stdin) text += part

/** @typedef {{ shape: number[], dtype: string, values: number[] }} Input */
/** @typedef {{ kernel: string, inputs: Record<string, Input>, attrs: object, by: Record<string, number[]> }} Call */

const STEP = 1e-5

/** @param {Call} call */
function sumOf({ kernel, inputs, attrs }) {
  return tf.tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, { values, shape, dtype }]) => [
        name,
        tf.tensor(values, shape, /** @type {any} */ (dtype)),
      ]),
    )
    const given = '0' in tensors ? Object.values(tensors) : tensors
    const result = tf
      .engine()
      .runKernel(kernel, /** @type {any} */ (given), /** @type {any} */ (attrs))
    const outputs = /** @type {any[]} */ (Array.isArray(result) ? result : [result])
    let sum = 0
    for (const [index, output] of outputs.entries()) {
      if (output.dtype !== 'float32') continue
      const numbers = output.dataSync()
      for (let at = 0; at < numbers.length; at++) sum += numbers[at] * Math.cos(1.37 * at + index)
    }
    return sum
  })
}

/**
 * @param {Call} call `by` says which numbers of each input are moved.
 */
function differences(call) {
  return Object.fromEntries(
    Object.entries(call.by).map(([name, places]) => {
      const { values } = /** @type {Input} */ (call.inputs[name])
      return [
        name,
        places.map((index) => {
          const value = /** @type {number} */ (values[index])
          values[index] = value + STEP
          const above = sumOf(call)
          values[index] = value - STEP
          const below = sumOf(call)
          values[index] = value
          return (above - below) / (2 * STEP)
        }),
      ]
    }),
  )
}

const results = /** @type {Call[]} */ (JSON.parse(text)).map((call) => {
  try {
    return { by: differences(call) }
  } catch (error) {
    return { failed: /** @type {Error} */ (error).message }
  }
})
process.stdout.write(JSON.stringify(results))
