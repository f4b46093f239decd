/** A model may give probabilities or logits; sums of float32 probabilities miss 1 by this at most. */
const ROUNDING = 1e-3

/**
 * Outputs as probabilities. Where nobody said what they are, they are probabilities when they are none below 0 and add up to 1, else logits. One number alone is
 * that of the second of two classes.
 *
 * @param {Float32Array} outputs of one sample
 * @param {'logits' | 'probabilities'} [gives]
 * @returns {Float32Array}
 */
export function toProbabilities(outputs, gives) {
  if (outputs.length === 1) {
    const [only = 0] = outputs
    const isShare = gives === undefined ? only >= 0 && only <= 1 : gives === 'probabilities'
    const second = isShare ? only : 1 / (1 + Math.exp(-only))
    return Float32Array.of(1 - second, second)
  }
  const sum = outputs.reduce((total, each) => total + each, 0)
  const areShares = outputs.every((each) => each >= 0) && Math.abs(sum - 1) < ROUNDING
  if (gives === undefined ? areShares : gives === 'probabilities') return outputs
  const largest = Math.max(...outputs)
  const powers = outputs.map((each) => Math.exp(each - largest))
  const total = powers.reduce((all, each) => all + each, 0)
  return powers.map((each) => each / total)
}

/**
 * Outputs as how probable each class is by itself.
 *
 * @param {Float32Array} outputs of one sample
 * @param {'logits' | 'probabilities'} [gives]
 * @returns {Float32Array}
 */
export function toShares(outputs, gives) {
  return gives === 'logits' ? outputs.map((each) => 1 / (1 + Math.exp(-each))) : outputs
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
