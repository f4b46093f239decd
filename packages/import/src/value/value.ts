import { ShapeError } from '@ashlar/errors'
import { isCapturing, knownNumbers, onHost } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { type OnnxType, tfType } from '../file/types.ts'

/** Numbers, truth values (1 and 0) or texts, in the order of the file. */
export type HostData = readonly number[] | readonly string[]

/** What is known of known numbers. */
export interface KnownOptions {
  /** False for what follows from the shapes of inputs; true by default. */
  readonly isFixed?: boolean
  /** How the network computes them, where it needs them as a tensor: a number of rows may follow from a size that varies. */
  readonly recipe?: (() => Value) | undefined
  /** Of a sequence: its values. */
  readonly items?: readonly Value[] | undefined
}

/**
 * A tensor of a running ONNX graph. Its numbers are in a tensor of TensorFlow.js, or known as plain numbers (what is computed from shapes), or both.
 *
 * The tensor's axes may lie in another order than those of the file: a convolution's image `[N, C, H, W]` lies as `[N, H, W, C]`, and a Transpose changes
 * nothing but this order. Whoever needs an order asks for it, and it is made once.
 */
export class Value {
  readonly type: OnnxType
  /** As the file has it. */
  readonly shape: readonly number[]
  /** Known numbers, row by row; undefined for what is only in a tensor. */
  readonly host: HostData | undefined
  /** Which axis of the file each axis of the tensor is. */
  readonly order: readonly number[]
  /** Whether its numbers are those of the file, whatever the sizes of inputs are; of a sequence, whether it has as many values then. */
  readonly isFixed: boolean
  /** The values of a sequence; undefined for a tensor. */
  readonly items: readonly Value[] | undefined
  readonly #tensor: tf.Tensor | undefined
  readonly #recipe: (() => Value) | undefined
  readonly #made = new Map<string, tf.Tensor>()

  private constructor(
    type: OnnxType,
    shape: readonly number[],
    order: readonly number[],
    tensor: tf.Tensor | undefined,
    host: HostData | undefined,
    { isFixed = true, recipe, items }: KnownOptions = {},
  ) {
    this.type = type
    this.shape = shape
    this.order = order
    this.#tensor = tensor
    this.host = host
    this.isFixed = isFixed && (host !== undefined || items !== undefined)
    this.#recipe = recipe
    this.items = items
    if (tensor !== undefined) this.#made.set(this.#key(order), tensor)
  }

  /** Of a tensor whose axes lie in an order. */
  static of(
    type: OnnxType,
    tensor: tf.Tensor,
    order: readonly number[] = identity(tensor.rank),
  ): Value {
    const wanted = tfType(type)
    const right = tensor.dtype === wanted ? tensor : tf.cast(tensor, wanted)
    const shape = new Array<number>(order.length)
    for (const [place, axis] of order.entries()) shape[axis] = right.shape[place]!
    return new Value(type, shape, order, right, undefined)
  }

  /** Of whole numbers that are kept as floats, so that gradients go through them. */
  static ofFloat(
    type: OnnxType,
    tensor: tf.Tensor,
    order: readonly number[] = identity(tensor.rank),
  ): Value {
    const shape = new Array<number>(order.length)
    for (const [place, axis] of order.entries()) shape[axis] = tensor.shape[place]!
    return new Value(type, shape, order, tensor, undefined)
  }

  /** Of values one after the other, which are no tensor. */
  static sequence(
    type: OnnxType,
    items: readonly Value[],
    { isFixed = true }: Pick<KnownOptions, 'isFixed'> = {},
  ): Value {
    return new Value(type, [items.length], [0], undefined, undefined, { items, isFixed })
  }

  /** Of known numbers. */
  static known(
    type: OnnxType,
    shape: readonly number[],
    host: HostData,
    options?: KnownOptions,
  ): Value {
    return new Value(type, shape, identity(shape.length), undefined, host, options)
  }

  get rank(): number {
    return this.shape.length
  }

  get size(): number {
    return this.shape.reduce((product, size) => product * size, 1)
  }

  /** Whether a tensor holds it, rather than numbers that are known. */
  get isTensor(): boolean {
    return this.#tensor !== undefined
  }

  /** Whether its axes lie as the file has them. */
  get isPlain(): boolean {
    return this.order.every((axis, place) => axis === place)
  }

  /** The tensor as it lies. */
  lying(): tf.Tensor {
    return this.in(this.order)
  }

  /** The tensor with its axes as the file has them. */
  plain(): tf.Tensor {
    return this.in(identity(this.rank))
  }

  /** The tensor with its axes in an order. */
  in(order: readonly number[]): tf.Tensor {
    if (this.items !== undefined) {
      throw new ShapeError({
        where: 'a sequence of tensors',
        expected: 'must be taken apart before something computes with it, or the network gives it',
        hint: 'Cut the network before it, or have the exporter give its tensors.',
      })
    }
    const key = this.#key(order)
    let made = this.#made.get(key)
    if (made !== undefined && !made.isDisposed) return made
    if (this.#tensor === undefined) {
      const isMade = this.#recipe !== undefined && isCapturing()
      const plain = isMade ? this.#recipe!().plain() : constantOf(this)
      made = order.every((axis, place) => axis === place) ? plain : turn(plain, order)
    } else {
      made = turn(
        this.#tensor,
        order.map((axis) => this.order.indexOf(axis)),
      )
    }
    this.#made.set(key, made)
    return made
  }

  /** Under which a tensor is kept: what a captured program made has no numbers for what is computed beside it, which is made of the known numbers again. */
  #key(order: readonly number[]): string {
    const isBeside = this.#tensor === undefined && !isCapturing()
    return isBeside ? `beside ${order.join()}` : order.join()
  }

  /** The same tensor, its axes of the file in another order: a Transpose. */
  transposed(perm: readonly number[]): Value {
    if (this.#tensor === undefined) return Value.of(this.type, this.plain()).transposed(perm)
    return Value.of(
      this.type,
      this.#tensor,
      this.order.map((axis) => perm.indexOf(axis)),
    )
  }

  /** The same numbers under another type of the same kind. */
  as(type: OnnxType): Value {
    if (this.#tensor === undefined) {
      return Value.known(type, this.shape, this.host!, {
        isFixed: this.isFixed,
        recipe: this.#recipe,
      })
    }
    return Value.of(type, this.#tensor, this.order)
  }

  /** Known numbers with more leading axes of one element; what follows from a size still does. */
  withLeading(more: number): Value {
    const ones = new Array<number>(more).fill(1)
    const recipe = this.#recipe
    const made = () => {
      const plain = recipe!().plain()
      return Value.of(this.type, tf.reshape(plain, [...ones, ...plain.shape]))
    }
    return Value.known(this.type, [...ones, ...this.shape], this.host!, {
      isFixed: this.isFixed,
      recipe: recipe && made,
    })
  }

  /**
   * Its numbers.
   *
   * @throws ShapeError when they follow from the inputs of a program that is being captured.
   */
  numbers(where: string, what: string): readonly number[] {
    const known = this.known()
    // Floats of a file lie in a typed array, whose `map` gives floats alone.
    if (known !== undefined) return Array.from(known as readonly number[])
    throw new ShapeError({
      where,
      expected: `${what} must be known before the network runs, and it is computed from the numbers of an input`,
      hint: 'Shapes, axes and sizes must be constants, or follow from the shapes of inputs. Run the original once through a simplifier (onnxsim), or export it again with fixed sizes.',
    })
  }

  /** Its numbers or texts where they are known, undefined otherwise. */
  known(): HostData | undefined {
    if (this.host !== undefined) return this.host
    const plain = this.plain()
    if (plain.dtype === 'string') return plain.dataSync<'string'>() as unknown as string[]
    return isCapturing() ? knownNumbers(plain) : Array.from(plain.dataSync())
  }
}

/** 0, 1, 2, ... */
export function identity(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis)
}

/** Whether it matters where an axis lies. The first one may be a batch that only happens to be 1: what is done must not depend on it. */
export function isReal({ shape }: { readonly shape: readonly number[] }, axis: number): boolean {
  return axis === 0 || shape[axis] !== 1
}

/** Axes moved; where only axes of one element move, a reshape does. */
function turn(tensor: tf.Tensor, perm: readonly number[]): tf.Tensor {
  if (perm.every((axis, place) => axis === place)) return tensor
  const moving = perm.filter((axis) => isReal(tensor, axis))
  const shape = perm.map((axis) => tensor.shape[axis]!)
  if (moving.every((axis, place) => place === 0 || moving[place - 1]! < axis)) {
    return tf.reshape(tensor, shape)
  }
  return tf.transpose(tensor, [...perm])
}

/** Made where no capture is under way, so that it is a constant of the program. */
function constantOf({ type, shape, host }: Value): tf.Tensor {
  const dtype = tfType(type)
  const make = () => {
    if (dtype === 'string') return tf.tensor(host as string[], [...shape], 'string')
    const numbers = host as readonly number[]
    const data = dtype === 'float32' ? Float32Array.from(numbers) : Int32Array.from(numbers, wrap)
    return tf.tensor(dtype === 'bool' ? Uint8Array.from(data) : data, [...shape], dtype)
  }
  return dtype === 'string' ? onHost(make) : make()
}

/** ONNX means "to the end" by the largest number of 64 bits. */
function wrap(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value))
}
