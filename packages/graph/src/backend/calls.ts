import type * as tf from '@tensorflow/tfjs'
import type { Value } from '../ir/index.ts'
import { findKernel } from '../ops/registry.ts'
import type { Numbers } from '../tfjs/cpu-kernels.ts'
import type { Computed } from './evaluator.ts'

/** What kernels are called with, beyond what tfjs's types say: optional inputs are null or undefined, ragged ones lists. */
export type GivenInputs = Readonly<
  Record<string, tf.TensorInfo | tf.TensorInfo[] | null | undefined>
>

/** Tensors of eager programs have known sizes. */
export const FREE_SIZE: Error = new Error('How large its result is follows from the numbers')

export const NOT_NUMBERS =
  'strings, complex numbers and tensors without elements stay in JavaScript'

export function refusalOf(kernel: string, inputs: tf.NamedTensorInfoMap): string | undefined {
  const declaration = findKernel(kernel)
  if (declaration === undefined) return 'the op table lacks it'
  if (typeof declaration.lower !== 'function') return declaration.lower.refused
  const given = Object.values(inputs as GivenInputs)
  if (given.some((each) => Array.isArray(each))) return 'it takes lists of tensors'
  const tensors = given as (tf.TensorInfo | null | undefined)[]
  return tensors.every((each) => each == null || isComputable(each)) ? undefined : NOT_NUMBERS
}

export function isComputable({ shape, dtype }: Pick<Value, 'shape'> & { dtype: string }): boolean {
  return dtype !== 'string' && dtype !== 'complex64' && !shape.includes(0)
}

export function tensorInfo(dataId: object, { shape, dtype }: Value): tf.TensorInfo {
  return { dataId, shape: [...shape] as number[], dtype: dtype as tf.DataType }
}

export function copyOf(values: Numbers): Numbers {
  return values.slice() as Numbers
}

/** One line for tf.profile(): where each kernel was computed. */
export function describe(computed: readonly Computed[]): string {
  return computed
    .map(({ kernel, by, reason }) =>
      by === 'onnxruntime' ? `${kernel}: onnxruntime` : `${kernel}: tfjs CPU kernel (${reason})`,
    )
    .join(', ')
}
