import type { Attrs, Dim, DType, Shape, TypedArray, Value } from '../ir/index.ts'
import type { WrongInTfjs } from '../javascript/javascript-kernel.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import type { AllSteps, SumOfSteps } from './all-steps.ts'
import type { ChannelAxes } from './channel-axes.ts'
import type { KernelGradient } from './gradients/gradient.ts'

/** Shape and element type of a tensor during a capture, where every size is a number. */
export interface TensorSpec {
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** The same where sizes may vary: what a kernel gives follows from what it takes by one rule for both. */
export interface SizedSpec {
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * What a kernel is called with, as far as shapes are concerned. While a program is captured all sizes are plain numbers; when the captures at several sizes are
 * made one graph, the same rule is asked for the sizes that vary.
 */
export interface InferContext<A> {
  /** Inputs by tfjs's names (`x`, `filter`, ...); list inputs (Concat, AddN, Pack, Einsum) are `0`, `1`, ... */
  readonly inputs: Readonly<Record<string, SizedSpec>>
  readonly attrs: A
  /** The numbers of an input that is a constant: some kernels' shapes depend on them. Undefined when not known. */
  constantOf(input: string): TypedArray | readonly Dim[] | undefined
  /**
   * A size that follows from numbers, such as how many boxes are left: anything up to `most`, if there is such a bound. It is another one in each capture of the program, so that it
   * becomes a size that varies. For kernels with `givesSizes`.
   */
  freeSize(most?: Dim): Dim
}

/** An input of an example: its shape, and numbers (made up from a fixed seed within `range` when not given). */
export interface ExampleInput {
  readonly shape: readonly number[]
  /** Default float32. */
  readonly dtype?: 'float32' | 'int32' | 'bool' | 'string' | 'complex64'
  readonly values?: readonly (number | boolean | string)[]
  /** Smallest and largest made-up value; default -2 to 2, for int32 0 to 5. */
  readonly range?: readonly [number, number]
}

/** A call of a kernel that its tests run on tfjs's own CPU backend and as ONNX, and compare. */
export interface KernelExample {
  readonly name?: string
  readonly inputs: Readonly<Record<string, ExampleInput>>
  readonly attrs?: Attrs
  /** The numbers of each output, where tfjs's CPU backend lacks the kernel or is known to be wrong. */
  readonly expected?: readonly (readonly number[])[]
  /** Largest allowed difference relative to the largest magnitude; default 1e-5. */
  readonly tolerance?: number
}

/** Another way to compute a kernel, for one runtime rather than for a file. */
export interface KernelForm<A = Attrs> {
  /** For the plan that `--explain` prints: `blocked`, `rows`. */
  readonly name: string
  /** Whether it can compute this call on this target, and is worth a measurement there. Shapes are fixed. */
  fits(context: LowerContext<A>): boolean
  /** Whether it is likely the quickest, for where nothing is measured: the first such form is taken. Default: yes. */
  isPromising?(context: LowerContext<A>): boolean
  /**
   * Whether it is for steps of training alone: results are off by more than a sum's rounding, or an infinite number reaches results that do not see it.
   */
  readonly isInexact?: boolean
  lower(context: LowerContext<A>): Lowered | readonly Lowered[]
}

/**
 * What a kernel means, number by number, in double precision: the same for every shape and runtime, apart from rounding. Tests hold every lowering
 * against it over special and extreme numbers, so a kernel that has it is swept without being listed.
 */
export interface ExactMeaning<A = Attrs> {
  /**
   * Of elementwise kernels: one element of each input, in their order, then the attributes. Of reductions: `over` takes all numbers that become one.
   * An integer result is cut towards zero, and counts modulo 2^32.
   */
  // biome-ignore lint/suspicious/noExplicitAny: numbers, as many as there are inputs, then attributes.
  readonly of?: (...given: any[]) => number
  readonly over?: (numbers: readonly number[], attrs: A) => number
  /** Of integers, where the exact number is too large for a double: it is wanted modulo 2^32. */
  readonly ofIntegers?: ((...given: number[]) => number) | undefined
  readonly overIntegers?: ((numbers: readonly number[]) => number) | undefined
  /** Whether it takes one axis alone. */
  readonly ofOneAxis?: boolean
  /** Element types of its inputs that it is defined for. */
  readonly takes: readonly DType[]
}

/** One tfjs kernel, all answers together. Nothing about it stands anywhere else. */
export interface KernelDeclaration<A = Attrs> {
  /** tfjs's name for it, as `tf.Conv2D`. */
  readonly kernel: string
  /** Shapes and dtypes of its outputs. */
  infer(context: InferContext<A>): SizedSpec | readonly SizedSpec[]
  /** Its meaning in ONNX, or, when it has none, the reason that a refused export shows. */
  readonly lower:
    | ((context: LowerContext<A>) => Lowered | readonly Lowered[])
    | { readonly refused: string }
  /** Its derivative, in the place of tfjs's: where that is missing, wrong, or grows with the sizes of tensors. */
  readonly gradient?: KernelGradient<never>
  /** Whether its output is its one input's numbers under another shape, so that both may share memory. */
  readonly isView?: boolean
  /** Whether all that it does is to copy whole stretches of numbers, at the speed of memory. */
  readonly copies?: boolean
  /** Whether onnxruntime's convolution in blocks of channels does it to its results itself, which saves a pass over memory: see passes/fuse-sum.ts and fuse-activation.ts. */
  readonly joinsConvolution?: boolean
  /** Whether it does the same to the real and to the imaginary parts of complex numbers, each by itself. */
  readonly isPartwise?: boolean
  /**
   * For kernels with a `dataFormat`: which inputs are images [batch, ...space, channels], the first of them of full rank. A call with channels first
   * is turned before it is lowered, see passes/channels-last.ts.
   */
  readonly images?: readonly string[]
  /** For kernels that pick by index: which input holds the indices, and how many things they pick from. Numbers outside have no meaning. */
  readonly indexed?: {
    readonly input: string
    size(inputs: Readonly<Record<string, Value>>, attrs: A): Dim
    /** Set where an index outside picks nothing and is no mistake. */
    readonly mayMiss?: true
  }
  /**
   * How it is computed for all steps of a sequence at once, so that a loop need not do it. Kernels that work number by number need none, they have `exact`. Left out where it is
   * computed step by step.
   */
  readonly allSteps?: AllSteps<A>
  /** The sum over all steps, where there is something better than to compute each. */
  readonly sumOfSteps?: SumOfSteps<A>
  /** Attributes that hold sizes, or what is computed from them: they may follow a size that varies. Any other must be fixed. */
  readonly sizeAttrs?: readonly (keyof A & string)[]
  /** Which axes are channels, for kernels that go along where channels are added to images; undefined for a call that does not. See passes/whole-blocks.ts and sink-image-reshapes.ts. */
  readonly channels?: (attrs: A) => ChannelAxes | undefined
  /** Whether sizes of its outputs follow from numbers: its lowered outputs then tell them. */
  readonly givesSizes?: boolean
  /** Faster forms for onnxruntime's CPU provider, the most promising first; `lower` is the portable form. */
  readonly forms?: readonly KernelForm<A>[]
  /**
   * Where its numbers lie, for what neither `exact` nor `copies` tells: two bounds whatever comes in
   * (of a function, by the attributes and the shape of its output), or those of its inputs together (`inputs`). Left
   * out, nothing is known of them.
   */
  readonly range?:
    | 'inputs'
    | readonly [low: number, high: number]
    | ((attrs: A, shape: Shape) => readonly [low: number, high: number])
  /** What it means in double precision. Every kernel that works on numbers alone, on pairs of them or over axes has it. */
  readonly exact?: ExactMeaning<A>
  /**
   * What it makes of the numbers at one place, then the attributes, for what works number by number and has no `exact`: it chooses or converts, or is not right to the last digits.
   * Inputs are of one shape, or the same in all places.
   */
  // biome-ignore lint/suspicious/noExplicitAny: numbers, as many as there are inputs, then attributes.
  readonly pointwise?: (...given: any[]) => number
  /** What a user should know about its numbers: what ONNX leaves open, or where float32 ends. Shown in docs/kernels.md. */
  readonly note?: string | undefined
  /** For kernels that tfjs has in JavaScript and gets wrong there: what takes their place, see tfjs/repair.ts. */
  readonly wrongInTfjs?: WrongInTfjs | undefined
  /** Whether it is Ashlar's own: tfjs has no kernel of this name. */
  readonly isOwn?: boolean
  /** Numeric examples; at least one, unless something else checks it (say what in `unchecked`). */
  readonly examples: readonly KernelExample[]
  readonly unchecked?: string
}

/** Gives a declaration its attribute types; returns it for the op table. */
export function defineKernel<A = Attrs>(declaration: KernelDeclaration<A>): KernelDeclaration {
  return declaration as unknown as KernelDeclaration
}
