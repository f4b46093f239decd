/** Predictions of about one confidence. */
export interface CalibrationBin {
  /** Confidence is above this, and at most `to`. */
  readonly from: number
  readonly to: number
  readonly samples: number
  /** Mean probability of the likeliest class; 0 without samples. */
  readonly confidence: number
  /** Part that is right; 0 without samples. */
  readonly accuracy: number
}

/** How far confidence and accuracy are apart. */
export interface Calibration {
  readonly calibrationError: number
  readonly calibration: readonly CalibrationBin[]
}

/**
 * The expected calibration error (Guo et al. 2017, arXiv:1706.04599): confidences in bins of equal width, and in the mean over
 * samples the distance of each bin's mean confidence from its accuracy.
 *
 * @param right 1 where the likeliest class is the label.
 */
export function calibrate(
  confidences: ArrayLike<number>,
  right: ArrayLike<number>,
  bins: number,
): Calibration {
  const sums = Array.from({ length: bins }, () => ({ samples: 0, confidence: 0, right: 0 }))
  for (let i = 0; i < confidences.length; i++) {
    const confidence = confidences[i]!
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!
    bin.samples++
    bin.confidence += confidence
    bin.right += right[i]!
  }
  const calibration = sums.map(({ samples, confidence, right: count }, i) => ({
    from: i / bins,
    to: (i + 1) / bins,
    samples,
    confidence: samples === 0 ? 0 : confidence / samples,
    accuracy: samples === 0 ? 0 : count / samples,
  }))
  const total = calibration.reduce(
    (sum, { samples, confidence, accuracy }) => sum + samples * Math.abs(confidence - accuracy),
    0,
  )
  const count = Math.max(1, confidences.length)
  return { calibrationError: total / count, calibration }
}
