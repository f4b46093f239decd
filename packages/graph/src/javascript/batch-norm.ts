import { type HostArray, type JavaScriptKernel, stretched } from './javascript-kernel.ts'

/** offset + (x - mean) * scale / sqrt(variance + epsilon), where all of these broadcast against x: also along other axes than the last. */
export const batchNorm: JavaScriptKernel<{ readonly varianceEpsilon?: number }> = (
  inputs,
  { varianceEpsilon = 1e-3 },
  [output],
) => {
  const numbers = (given: HostArray | undefined) => given && stretched(given, output!.shape)
  const [mean, variance] = [numbers(inputs.mean)!, numbers(inputs.variance)!]
  const [scale, offset] = [numbers(inputs.scale), numbers(inputs.offset)]
  const [x, result] = [inputs.x!.data as Float32Array, output!.data as Float32Array]
  for (const [index, value] of x.entries()) {
    const slope = (scale?.[index] ?? 1) / Math.sqrt(variance[index]! + varianceEpsilon)
    result[index] = (offset?.[index] ?? 0) + (value - mean[index]!) * slope
  }
}
