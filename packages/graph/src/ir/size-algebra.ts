import {
  boundsOf,
  constantOf,
  type Dim,
  type Factor,
  keyOf,
  type Rounding,
  type SizeSymbol,
  type SymbolicDim,
  sum,
  type Term,
  term,
  termsOf,
} from './size-terms.ts'

let nextSymbol = 0

/** A free size. `low` and `high` are bounds that it is known to keep; default: 0 and none. */
export function freeSize(
  name: string,
  samples: readonly number[],
  {
    low = 0,
    high = Number.POSITIVE_INFINITY,
  }: { readonly low?: number; readonly high?: number } = {},
): SymbolicDim {
  const symbol: SizeSymbol = {
    kind: 'symbol',
    key: `s${String(nextSymbol++).padStart(6, '0')}`,
    name,
    samples,
    low,
    high,
  }
  return sum([term(1, [symbol])], 0) as SymbolicDim
}

/** The sum of sizes. */
export function plus(...sizes: readonly Dim[]): Dim {
  if (sizes.every((size) => typeof size === 'number')) {
    return (sizes as readonly number[]).reduce((total, size) => total + size, 0)
  }
  const constant = sizes.reduce<number>((total, size) => total + constantOf(size), 0)
  return sum(sizes.flatMap(termsOf), constant)
}

/** The first size less the others. */
export function minus(size: Dim, ...others: readonly Dim[]): Dim {
  return plus(size, ...others.map((each) => times(each, -1)))
}

/** The product of sizes; 1 of none. */
export function times(...sizes: readonly Dim[]): Dim {
  return sizes.reduce<Dim>((product, size) => {
    if (typeof product === 'number' && typeof size === 'number') return product * size
    const [left, right] = [addends(product), addends(size)]
    const terms: Term[] = []
    let constant = 0
    for (const a of left) {
      for (const b of right) {
        const coefficient = a.coefficient * b.coefficient
        if (a.factors.length + b.factors.length === 0) constant += coefficient
        else terms.push(term(coefficient, [...a.factors, ...b.factors]))
      }
    }
    return sum(terms, constant)
  }, 1)
}

/** A size's terms and constant alike. */
function addends(
  size: Dim,
): readonly { readonly coefficient: number; readonly factors: readonly Factor[] }[] {
  const constant = constantOf(size)
  return constant === 0 ? termsOf(size) : [...termsOf(size), { coefficient: constant, factors: [] }]
}

/** The quotient, rounded down. */
export function floorDiv(of: Dim, by: Dim): Dim {
  if (typeof of === 'number' && typeof by === 'number') return Math.floor(of / by)
  if (by === 1 || of === 0) return of
  if (typeof by !== 'number') {
    return exactQuotient(of, by) ?? quotientOf(of, by)
  }
  if (by < 0) return floorDiv(times(of, -1), -by)
  // Whole multiples come out of the quotient; what is left is as near to zero as can be.
  const whole: Term[] = []
  const rest: Term[] = []
  for (const { coefficient, factors } of termsOf(of)) {
    const count = Math.ceil(coefficient / by - 0.5)
    if (count !== 0) whole.push(term(count, factors))
    if (coefficient !== count * by) rest.push(term(coefficient - count * by, factors))
  }
  const count = Math.floor(constantOf(of) / by)
  const remainder = constantOf(of) - count * by
  const outside = sum(whole, count)
  if (rest.length === 0) return outside
  // The first term is positive: what is rounded down is what is left when the opposite is rounded up.
  const first = rest.reduce((least, each) => (each.key < least.key ? each : least))
  if (first.coefficient < 0) {
    const opposite = sum(
      rest.map(({ coefficient, factors }) => term(-coefficient, factors)),
      by - 1 - remainder,
    )
    return minus(outside, floorDiv(opposite, by))
  }
  // Common factors are cancelled.
  const common = rest.reduce((all, { coefficient }) => gcd(all, coefficient), by)
  const inner = sum(
    rest.map(({ coefficient, factors }) => term(coefficient / common, factors)),
    Math.floor(remainder / common),
  ) as SymbolicDim
  return plus(outside, flatQuotient(inner, by / common))
}

/** A quotient of a quotient is one. */
function flatQuotient(of: SymbolicDim, by: number): Dim {
  if (by === 1) return of
  const [low, high] = boundsOf(of)
  const [least, most] = [Math.floor(low / by), Math.floor(high / by)]
  if (least === most) return least
  const [only] = of.terms
  const inner = only!.factors[0]!
  const isNested =
    of.terms.length === 1 &&
    only!.coefficient === 1 &&
    only!.factors.length === 1 &&
    inner.kind === 'quotient' &&
    typeof inner.by === 'number'
  if (!isNested) return quotientOf(of, by)
  const divisor = inner.by as number
  return floorDiv(plus(inner.of, of.constant * divisor), divisor * by)
}

function quotientOf(of: Dim, by: Dim): Dim {
  // A number divided by a size is kept as the size is: a sum without terms has no samples.
  const numerator = typeof of === 'number' ? numberOver(of, by as SymbolicDim) : of
  return sum(
    [term(1, [{ kind: 'quotient', key: `(${numerator.key})/(${keyOf(by)})`, of: numerator, by }])],
    0,
  )
}

/** A number in the form of a size that varies. */
function numberOver(value: number, like: SymbolicDim): SymbolicDim {
  const samples = like.samples.map(() => value)
  return { terms: [], constant: value, key: String(value), samples }
}

/** The quotient of two sizes of which one divides the other: by polynomial long division. */
function exactQuotient(of: Dim, by: SymbolicDim): Dim | undefined {
  const lead = leading(by)!
  let rest = of
  let result: Dim = 0
  for (let step = 0; step < LONGEST_DIVISION && rest !== 0; step++) {
    const top = leading(rest)
    if (top === undefined) return undefined
    const factors = without(top.factors, lead.factors)
    const coefficient = top.coefficient / lead.coefficient
    if (factors === undefined || !Number.isInteger(coefficient)) return undefined
    const part = factors.length === 0 ? coefficient : sum([term(coefficient, factors)], 0)
    result = plus(result, part)
    rest = minus(rest, times(part, by))
  }
  return rest === 0 ? result : undefined
}

const LONGEST_DIVISION = 64

/** The term of the highest degree. */
function leading(size: Dim): Term | undefined {
  let best: Term | undefined
  for (const each of termsOf(size)) {
    const [a, b] = [each.factors.length, best?.factors.length ?? 0]
    if (best === undefined || a > b || (a === b && each.key < best.key)) best = each
  }
  return best
}

function without(factors: readonly Factor[], others: readonly Factor[]): Factor[] | undefined {
  const left = [...factors]
  for (const { key } of others) {
    const at = left.findIndex((each) => each.key === key)
    if (at < 0) return undefined
    left.splice(at, 1)
  }
  return left
}

/** The quotient, rounded up. */
export function ceilDiv(of: Dim, by: Dim): Dim {
  return floorDiv(plus(of, by, -1), by)
}

/** What is left of a size divided by another; never negative. */
export function remainder(of: Dim, by: Dim): Dim {
  return minus(of, times(by, floorDiv(of, by)))
}

/** The smaller size. */
export function smaller(a: Dim, b: Dim): Dim {
  return extreme('min', a, b)
}

/** The larger size. */
export function larger(a: Dim, b: Dim): Dim {
  return extreme('max', a, b)
}

function extreme(kind: 'min' | 'max', a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return Math[kind](a, b)
  const [low, high] = boundsOf(minus(a, b))
  if (low >= 0) return kind === 'max' ? a : b
  if (high <= 0) return kind === 'max' ? b : a
  const [x, y] = keyOf(a) < keyOf(b) ? [a, b] : [b, a]
  const key = `${kind}(${keyOf(x)};${keyOf(y)})`
  return sum([term(1, [{ kind, key, a: x, b: y }])], 0)
}

/** A size rounded as JavaScript rounds the quotient: down, up, or to the nearest with halves up. */
export function roundedDiv(mode: Rounding, of: Dim, by: Dim): Dim {
  if (mode === 'floor') return floorDiv(of, by)
  if (mode === 'ceil') return ceilDiv(of, by)
  return floorDiv(plus(times(of, 2), by), times(by, 2))
}

/** A size times a number that is not whole, rounded, as JavaScript computes it. */
export function scaledSize(rounding: Rounding, of: Dim, by: number): Dim {
  if (typeof of === 'number') return Math[rounding](of * by)
  const key = `${rounding}(${by}*(${of.key}))`
  return sum([term(1, [{ kind: 'scaled', key, of, by, rounding }])], 0)
}

/** A size with another one in the place of a free size. */
export function substitute(size: Dim, symbol: SymbolicDim, by: Dim): Dim {
  if (typeof size === 'number') return size
  if (size.key === symbol.key) return by
  const again = (each: Dim) => substitute(each, symbol, by)
  const products = size.terms.map(({ coefficient, factors }) =>
    times(
      coefficient,
      ...factors.map((factor): Dim => {
        if (factor.kind === 'symbol') {
          return `1*${factor.key}+0` === symbol.key ? by : sum([term(1, [factor])], 0)
        }
        if (factor.kind === 'scaled') {
          return scaledSize(factor.rounding, again(factor.of), factor.by)
        }
        if (factor.kind === 'quotient') return floorDiv(again(factor.of), again(factor.by))
        return extreme(factor.kind, again(factor.a), again(factor.b))
      }),
    ),
  )
  return plus(size.constant, ...products)
}

/** Greatest common divisor; 0 of zeros. */
export function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b)
}
