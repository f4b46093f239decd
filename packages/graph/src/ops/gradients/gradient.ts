import * as tf from '@tensorflow/tfjs'

/** What a derivative is made of. */
export interface GradientContext<A> {
  /** The derivative of the sum by the kernel's one output, or by its first. */
  readonly dy: tf.Tensor
  /** The same by each output. */
  readonly dys: readonly tf.Tensor[]
  /** The kernel's inputs by tfjs's names; lists as `0`, `1`, ... */
  readonly inputs: Readonly<Record<string, tf.Tensor>>
  /** The kernel's outputs, where it `savesOutputs`. */
  readonly outputs: readonly tf.Tensor[]
  readonly attrs: A
}

/** Derivatives by some inputs; by all others they are zero. Each is computed when it is asked for. */
export type Derivatives = Readonly<Record<string, () => tf.Tensor>>

/**
 * The derivative of a kernel, in the place of tfjs's: ordinary tensor code, which is captured in turn and may be differentiated again. Its size must
 * not grow with the sizes of tensors.
 */
export interface KernelGradient<A> {
  /** Names of all inputs that a call may have. One that is left out in a call is not there either. */
  readonly inputs: readonly string[] | 'list'
  /** Inputs that have a derivative which nothing here computes, with the reason: whoever asks for it is refused. */
  readonly refused?: Readonly<Record<string, string>>
  /** How many outputs it keeps; default 0. */
  readonly savesOutputs?: number
  /** What is wrong with tfjs's own, in words that a user understands; left out where it has none, or one that grows. */
  readonly wrongInTfjs?: string
  /** Whether it only holds in a captured program, where tensors are names. */
  readonly onlyCaptured?: boolean
  by(context: GradientContext<A>): Derivatives
}

/** For kernels whose outputs jump, or count: wherever the derivative is, it is zero. */
export function zeroGradient(...inputs: readonly string[]): KernelGradient<never> {
  return { inputs, by: () => ({}) }
}

/** For kernels without a derivative by any input: whoever asks is told why. */
export function noGradient(reason: string, ...inputs: readonly string[]): KernelGradient<never> {
  return {
    inputs,
    refused: Object.fromEntries(inputs.map((name) => [name, reason])),
    by: () => ({}),
  }
}

/**
 * The derivative of a kernel by that of tensor code which computes the same.
 *
 * @param compute the kernel's one output from its inputs.
 * @param by names of the inputs that it is differentiated by.
 */
export function gradientOf<A>(
  inputs: readonly string[],
  by: readonly string[],
  compute: (inputs: Readonly<Record<string, tf.Tensor>>, attrs: A) => tf.Tensor,
): KernelGradient<A> {
  return {
    inputs,
    by: ({ dy, inputs: given, attrs }) =>
      Object.fromEntries(
        by
          .filter((name) => given[name] !== undefined)
          .map((name) => [
            name,
            // What several of these compute alike is merged in a graph.
            () =>
              withinTape(() =>
                tf.grad((variable) => compute({ ...given, [name]: variable }, attrs))(
                  given[name]!,
                  dy,
                ),
              ),
          ]),
      ),
  }
}

/** tfjs drops its tape at the end of a derivative that stands in no other; one that is taken while it goes back along the tape must not do that. */
function withinTape<T>(fn: () => T): T {
  const { state } = tf.engine()
  state.gradientDepth++
  try {
    return fn()
  } finally {
    state.gradientDepth--
  }
}

/** Sums what broadcasting stretched, so that a derivative gets the shape of its input. */
export function unbroadcast(dy: tf.Tensor, shape: readonly number[]): tf.Tensor {
  if (dy.rank === shape.length && dy.shape.every((size, axis) => size === shape[axis])) return dy
  const extra = dy.rank - shape.length
  const axes = dy.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  )
  return tf.reshape(axes.length === 0 ? dy : tf.sum(dy, axes), [...shape])
}

/** All sizes multiplied. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** `from`, `from + 1`, ... up to and without `to`. */
export function axes(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}
