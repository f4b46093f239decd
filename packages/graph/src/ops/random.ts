import { constant, type Dim, type DType, type Shape, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext } from '../lower/context.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

interface RandomAttrs {
  readonly shape: readonly Dim[]
  /** The numbers are offset + scale * z, with z from 0 to 1 or standard normal. */
  readonly offset: number
  readonly scale: number
  /** Tells the random tensors of one program apart. */
  readonly salt: number
  /** float32 (default); int32 and bool are uniform numbers without their fraction. */
  readonly dtype?: DType
  /** Where its first key stands among the `keys` that it is given; the second is behind it. Without them it makes its own. */
  readonly keyAt?: number
}

/** 1 where a uniform whole number below 2^16 is at least so large, else 0. */
interface RandomMaskAttrs extends Pick<RandomAttrs, 'shape' | 'salt' | 'keyAt'> {
  readonly least: number
}

const unchecked =
  "Ashlar's own kernel; test/ops/random.test.ts compares its bits with the generator's definition and its moments with the distribution's."

/**
 * Random numbers that depend on the inputs `seed` and `step` alone; capture/random.ts puts them where a program drew in JavaScript.
 *
 * The generator is Squares (Widynski 2020, "Squares: A Fast Counter-Based RNG"): four rounds of squaring a 64-bit counter, made of the integer ops
 * that standard ONNX has. The counter is the step and the element's place; the key follows from seed and salt.
 */
export const randomKernels: readonly KernelDeclaration[] = [
  defineKernel<RandomAttrs>({
    kernel: 'RandomUniform',
    isOwn: true,
    infer: ({ attrs: { shape, dtype = 'float32' } }) => ({
      shape: shape as Shape,
      dtype,
    }),
    lower: (context) => {
      const { dtype = 'float32' } = context.attrs
      const u = uniform(context, 0)
      if (dtype === 'float32') return scaled(context, u)
      const whole = withoutFraction(context, u)
      const { builder, node } = context
      return builder.reshape(builder.cast(whole, dtype), node.outputs[0]!.shape)
    },
    examples: [],
    unchecked,
  }),
  defineKernel<RandomMaskAttrs>({
    kernel: 'RandomMask',
    isOwn: true,
    infer: ({ attrs }) => ({ shape: attrs.shape as Shape, dtype: 'float32' }),
    lower: (context) => {
      const { builder, attrs, node } = context
      const { shape } = node.outputs[0]!
      const least = builder.bits(BigInt(attrs.least) << 48n)
      const isKept = quarters(context).map((each) =>
        builder.binary('GreaterOrEqual', each, least, 'bool'),
      )
      const count = Number(sizeOf(shape))
      const all = builder.concat(isKept, 0)
      const needed =
        count % isKept.length === 0 ? all : builder.slice(all, [0], [0], [count], [count])
      return builder.reshape(builder.cast(needed, 'float32'), shape)
    },
    examples: [],
    unchecked: "test/passes/random-masks.test.ts compares it with the generator's definition.",
  }),
  defineKernel<{ readonly salts: readonly number[] }>({
    kernel: 'RandomKeys',
    isOwn: true,
    infer: ({ attrs }) => ({ shape: [attrs.salts.length], dtype: 'uint64' }),
    lower: ({ builder, attrs, input }) =>
      keysOf(builder, unsigned(builder, input('seed')), attrs.salts),
    examples: [],
    unchecked: 'test/passes/random-keys.test.ts compares what is drawn by them.',
  }),
  defineKernel<RandomAttrs>({
    kernel: 'RandomNormal',
    isOwn: true,
    infer: ({ attrs }) => ({ shape: attrs.shape as Shape, dtype: 'float32' }),
    // Box and Muller 1958: a radius and an angle. 1 - u is never zero.
    lower: (context) => {
      const { builder } = context
      const positive = builder.sub(builder.scalar(1), uniform(context, 0))
      const square = builder.mul(builder.unary('Log', positive), builder.scalar(-2))
      const angle = builder.mul(uniform(context, 1), builder.scalar(2 * Math.PI))
      return scaled(
        context,
        builder.mul(builder.unary('Sqrt', square), builder.unary('Cos', angle)),
      )
    },
    examples: [],
    unchecked,
  }),
  defineKernel<RandomAttrs>({
    kernel: 'RandomTruncatedNormal',
    isOwn: true,
    infer: ({ attrs }) => ({ shape: attrs.shape as readonly number[], dtype: 'float32' }),
    lower: (context) => {
      const { builder } = context
      const u = uniform(context, 0)
      const stretched = builder.mul(u, builder.scalar(2 * WITHIN_TWO))
      const x = builder.sub(stretched, builder.scalar(WITHIN_TWO))
      return scaled(context, builder.mul(inverseErf(builder, x), builder.scalar(Math.SQRT2)))
    },
    examples: [],
    unchecked,
  }),
]

/** The part of a normal distribution within two standard deviations of its mean. */
const WITHIN_TWO = 0.954499736103642

/** Of powers of -ln(1 - x²) - 2.5, the highest first; for |x| up to 0.9966 (Giles 2010, "Approximating the erfinv function", single precision). */
const INVERSE_ERF = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3,
  -4.17768164e-3, 0.246640727, 1.50140941,
] as const

function inverseErf(builder: OnnxBuilder, x: Value): Value {
  const rest = builder.sub(builder.scalar(1), builder.mul(x, x))
  const w = builder.sub(builder.unary('Neg', builder.unary('Log', rest)), builder.scalar(2.5))
  const [first, ...others] = INVERSE_ERF
  let sum: Value = builder.scalar(first)
  for (const each of others) sum = builder.add(builder.mul(sum, w), builder.scalar(each))
  return builder.mul(sum, x)
}

/** offset + scale * u without its fraction, int32: what JavaScript makes of a number in an Int32Array. Exact, as the sum is one of integers. */
function withoutFraction({ builder, attrs }: LowerContext<RandomAttrs>, u: Value): Value {
  const { offset, scale } = attrs
  const stretched = builder.mul(u, builder.scalar(scale))
  const floor = builder.unary('Floor', stretched)
  const whole = builder.add(builder.cast(floor, 'int32'), builder.scalar(offset, 'int32'))
  if (offset >= 0) return whole
  const isBelow = builder.binary('Less', whole, builder.scalar(0, 'int32'), 'bool')
  const isBroken = builder.binary('Less', floor, stretched, 'bool')
  const step = builder.cast(builder.binary('And', isBelow, isBroken), 'int32')
  return builder.add(whole, step)
}

function scaled({ builder, attrs, node }: LowerContext<RandomAttrs>, z: Value): Value {
  const { scale, offset } = attrs
  const stretched = scale === 1 ? z : builder.mul(z, builder.scalar(scale))
  const moved = offset === 0 ? stretched : builder.add(stretched, builder.scalar(offset))
  return builder.reshape(moved, node.outputs[0]!.shape)
}

/** Numbers from 0 to below 1, in steps of 2^-24; `stream` tells several for the same tensor apart. */
function uniform(context: LowerContext<RandomAttrs>, stream: number): Value {
  const { builder } = context
  const bits = shift(builder, randomBits(context, stream), 64 - UNIFORM_BITS, 'RIGHT')
  return builder.mul(builder.cast(bits, 'float32'), builder.scalar(2 ** -UNIFORM_BITS))
}

/** As many as float32 holds. */
const UNIFORM_BITS = 24

/** A uint64 for each element; its upper half is random. */
function randomBits(context: LowerContext<Pick<RandomAttrs, 'salt'>>, stream: number): Value {
  const { builder, node } = context
  return fourRounds(builder, counted(context, sizeOf(node.outputs[0]!.shape), stream)).bits
}

/**
 * Uint64s whose upper 16 bits are random, a quarter of the elements in each, rounded up: a counter gives four numbers, in a third of the time that a counter for each takes. The second
 * two come of a fifth round, which the generator has for words of 64 bits.
 */
function quarters(context: LowerContext<RandomMaskAttrs>): Value[] {
  const { builder, node } = context
  const count = Math.ceil(Number(sizeOf(node.outputs[0]!.shape)) / 4)
  const rounds = fourRounds(builder, counted(context, count, 0))
  const turned = turn(builder, rounds.bits)
  const fifth = builder.add(builder.mul(turned, turned), rounds.y)
  return [rounds.bits, fifth].flatMap((bits) => [bits, shift(builder, bits, 16, 'LEFT')])
}

/** What the generator works with: so many counters, and a key for them. */
interface Counted {
  readonly counter: Value
  readonly key: Value
}

function counted(
  { builder, attrs, input, has }: LowerContext<Pick<RandomAttrs, 'salt' | 'keyAt'>>,
  count: Dim,
  stream: number,
): Counted {
  const step = unsigned(builder, input('step'))
  const key = has('keys')
    ? builder.gather(input('keys'), builder.ints([attrs.keyAt! + stream]), 0)
    : keysOf(builder, unsigned(builder, input('seed')), [saltOf(attrs.salt, stream)])
  const range = [builder.scalar(0, 'int64'), builder.scalar(count, 'int64')]
  const spec = { shape: [count] as Shape, dtype: 'int64' } as const
  const places = builder.node('Range', [...range, builder.scalar(1, 'int64')], {}, spec)
  const first = shift(builder, step, 32, 'LEFT')
  return { counter: builder.add(builder.cast(places, 'uint64'), first), key }
}

/** An int32 as a uint64 below 2^32. */
function unsigned(builder: OnnxBuilder, x: Value): Value {
  return builder.cast(builder.cast(builder.reshape(x, []), 'uint32'), 'uint64')
}

/** Of the streams of a random tensor, and those of others, no two have the same. */
export function saltOf(salt: number, stream: number): number {
  return 2 * salt + stream
}

/** A key for each salt. Two draws under fixed keys are its halves; it has to be odd. */
function keysOf(builder: OnnxBuilder, seed: Value, salts: readonly number[]): Value {
  const places = constant(BigUint64Array.from(salts, BigInt), [salts.length], 'uint64')
  const counter = builder.add(shift(builder, seed, 24, 'LEFT'), places)
  const key = constant(BigUint64Array.from(KEYS), [KEYS.length, 1], 'uint64')
  const { bits } = fourRounds(builder, { counter, key })
  const [high, low] = KEYS.map((_, half) =>
    shift(builder, builder.gather(bits, builder.scalar(half, 'int64'), 0), 32, 'RIGHT'),
  )
  const even = shift(builder, shift(builder, low!, 1, 'RIGHT'), 1, 'LEFT')
  const joined = builder.add(shift(builder, high!, 32, 'LEFT'), even)
  return builder.add(joined, builder.bits(1n))
}

/** Odd, with digits of no pattern: hexadecimal digits of the fractions of the square roots of 2 and 3. */
const KEYS = [0x6a09e667f3bcc909n, 0xbb67ae8584caa73bn] as const

/** 32 random bits for each counter, as the upper half of a uint64; and the counter times the key, which a further round adds. */
function fourRounds(
  builder: OnnxBuilder,
  { counter, key }: Counted,
): { readonly bits: Value; readonly y: Value } {
  const y = builder.mul(counter, key)
  const z = builder.add(y, key)
  let x = y
  for (const addend of [y, z, y]) x = turn(builder, builder.add(builder.mul(x, x), addend))
  return { bits: builder.add(builder.mul(x, x), z), y }
}

/** The two halves of a uint64 change places. */
function turn(builder: OnnxBuilder, x: Value): Value {
  return builder.add(shift(builder, x, 32, 'RIGHT'), shift(builder, x, 32, 'LEFT'))
}

function shift(builder: OnnxBuilder, x: Value, by: number, direction: 'LEFT' | 'RIGHT'): Value {
  return builder.node('BitShift', [x, builder.bits(BigInt(by))], { direction }, x)
}
