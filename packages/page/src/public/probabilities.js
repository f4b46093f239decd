/** A model may give probabilities or logits; sums of float32 probabilities miss 1 by this at most. */
const ROUNDING = 1e-3

/**
 * Outputs as probabilities: as they are when they are none below 0 and add up to 1, else by softmax.
 *
 * @param {Float32Array} outputs of one sample
 * @returns {Float32Array}
 */
export function toProbabilities(outputs) {
  const sum = outputs.reduce((total, each) => total + each, 0)
  if (outputs.every((each) => each >= 0) && Math.abs(sum - 1) < ROUNDING) return outputs
  const largest = Math.max(...outputs)
  const powers = outputs.map((each) => Math.exp(each - largest))
  const total = powers.reduce((all, each) => all + each, 0)
  return powers.map((each) => each / total)
}

/**
 * The largest difference between two lists of numbers.
 *
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
export function largestDifference(a, b) {
  return a.reduce((most, each, index) => Math.max(most, Math.abs(each - Number(b[index]))), 0)
}
