/** The published update rules on plain numbers, in double precision: what the optimizers are held against. */
export interface Reference {
  /** Takes the gradient of step t (1 for the first) and the learning rate; returns the weight afterwards. */
  step(gradient: number, rate: number): number
}

/** Keras's SGD. */
export function referenceSgd(weight: number, momentum: number, nesterov: boolean): Reference {
  let velocity = 0
  return {
    step(gradient, rate) {
      velocity = momentum * velocity - rate * gradient
      weight += nesterov ? momentum * velocity - rate * gradient : velocity
      return weight
    },
  }
}

/** Adam as in the paper's section 2, with Keras's place for epsilon; `decay` is that of AdamW. */
export function referenceAdam(
  weight: number,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, decay = 0 } = {},
): Reference {
  let mean = 0
  let variance = 0
  let t = 0
  return {
    step(gradient, rate) {
      t++
      weight -= rate * decay * weight
      mean = beta1 * mean + (1 - beta1) * gradient
      variance = beta2 * variance + (1 - beta2) * gradient ** 2
      const alpha = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t)
      weight -= (alpha * mean) / (Math.sqrt(variance) + epsilon)
      return weight
    },
  }
}

/** Keras's RMSprop without centering. */
export function referenceRmsprop(
  weight: number,
  { rho = 0.9, momentum = 0, epsilon = 1e-7 } = {},
): Reference {
  let square = 0
  let change = 0
  return {
    step(gradient, rate) {
      square = rho * square + (1 - rho) * gradient ** 2
      change = momentum * change + (rate * gradient) / Math.sqrt(square + epsilon)
      weight -= change
      return weight
    },
  }
}
