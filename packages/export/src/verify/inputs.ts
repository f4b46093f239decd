import seedrandom from 'seedrandom'
import { type InputSpec, type InputSpecs, isFree } from '../source/source.ts'
import type { NamedData, TensorData } from '../tensors.ts'

/** Sorts of numbers that inputs are made of. */
export type InputKind = 'random' | 'zero' | 'extreme' | 'real'

/** A set of inputs to run both sides on. */
export interface InputCase {
  readonly kind: InputKind
  /** Size of the first axis; undefined where it does not vary. */
  readonly batch: number | undefined
  /** Other sizes that vary, by name; left out where there are none. */
  readonly sizes?: Readonly<Record<string, number>>
  readonly feeds: NamedData
}

/** Random numbers come from a normal distribution of this width, for inputs that nobody knows the range of. */
const WIDTH = 1

/** And these are extreme. */
const EXTREME = 100

/** Whole numbers of no known range are most often pixels. */
const WHOLE = { int32: [0, 255], bool: [0, 1], uint8: [0, 255] } as const

function isWhole(dtype: InputSpec['dtype']): dtype is keyof typeof WHOLE {
  return dtype !== undefined && dtype !== 'float32'
}

/**
 * Made-up inputs. The same arguments give the same numbers.
 *
 * @param sizes what a size that varies is: by axis, the batch first, and input.
 */
export function madeUp(
  specs: InputSpecs,
  kind: Exclude<InputKind, 'real'>,
  sizes: (axis: number, input: string) => number,
): InputCase {
  const entries = Object.entries(specs)
  const first = entries.find(([, { shape }]) => shape.length > 0 && isFree(shape[0]!))
  const batch = first && sizes(0, first[0])
  return {
    kind,
    batch,
    feeds: Object.fromEntries(
      entries.map(([name, spec]): [string, TensorData] => {
        const shape = spec.shape.map((size, axis) => (isFree(size) ? sizes(axis, name) : size))
        const next = seedrandom(`${kind} ${name} ${shape}`)
        return [name, fill(shape, spec, makerOf(kind, spec, next))]
      }),
    ),
  }
}

/** Number after number; of columns, each its own. */
function makerOf(kind: Exclude<InputKind, 'real'>, spec: InputSpec, next: () => number): Make {
  const { columns, ...rest } = spec
  const any = makers[kind](rest, next)
  if (columns === undefined) return any
  const own = columns.map((range) =>
    range === undefined ? any : makers[kind]({ ...rest, dtype: 'int32', range }, next),
  )
  let at = 0
  return () => own[at++ % own.length]!()
}

type Make = () => number

const makers: Readonly<
  Record<Exclude<InputKind, 'real'>, (spec: InputSpec, next: () => number) => Make>
> = {
  zero: ({ range }) => {
    // Zero where it is allowed, else what is nearest to it.
    const [low, high] = range ?? [0, 0]
    const value = Math.min(Math.max(0, low), high)
    return () => value
  },
  random: ({ range, dtype }, next) => {
    if (range === undefined && !isWhole(dtype)) return normal(next)
    const [low, high] = range ?? WHOLE[dtype as 'int32']
    return isWhole(dtype)
      ? () => Math.min(high, Math.floor(low + next() * (high - low + 1)))
      : () => low + next() * (high - low)
  },
  extreme: ({ range, dtype }, next) => {
    const [low, high] = range ?? (isWhole(dtype) ? WHOLE[dtype] : [-EXTREME, EXTREME])
    return () => (next() < 0.5 ? low : high)
  },
}

/** Box and Muller 1958. */
function normal(next: () => number): Make {
  return () => WIDTH * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

function fill(shape: readonly number[], { dtype = 'float32' }: InputSpec, make: Make): TensorData {
  const length = shape.reduce((product, size) => product * size, 1)
  const data = new ARRAYS[dtype](length)
  for (let index = 0; index < length; index++) data[index] = make()
  return { shape, dtype, data }
}

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  uint8: Uint8Array,
} as const
