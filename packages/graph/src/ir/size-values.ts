import {
  constantOf,
  type Dim,
  type Factor,
  factorValue,
  partsOf,
  type SizeSymbol,
  termsOf,
} from './size-terms.ts'

/**
 * The value of a size for values of the free ones.
 *
 * @param known undefined for a free size that is not known.
 * @returns undefined where it needs one that is not known.
 */
export function evaluate(
  size: Dim,
  known: (symbol: SizeSymbol) => number | undefined,
): number | undefined {
  let total = constantOf(size)
  for (const { coefficient, factors } of termsOf(size)) {
    let product = coefficient
    for (const factor of factors) {
      const value = evaluateFactor(factor, known)
      if (value === undefined) return undefined
      product *= value
    }
    total += product
  }
  return total
}

function evaluateFactor(
  factor: Factor,
  known: (symbol: SizeSymbol) => number | undefined,
): number | undefined {
  if (factor.kind === 'symbol') return known(factor)
  const values: number[] = []
  for (const part of partsOf(factor)) {
    const value = evaluate(part, known)
    if (value === undefined) return undefined
    values.push(value)
  }
  return factorValue(factor, values)
}

/** A size for people: `2 * height + 1`, `floor((width + 1) / 2)`. */
export function formatSize(size: Dim): string {
  const parts = termsOf(size).map(({ coefficient, factors }) => {
    const product = factors.map(formatFactor).join(' * ')
    if (coefficient === 1) return `+ ${product}`
    if (coefficient === -1) return `- ${product}`
    return `${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} * ${product}`
  })
  const constant = constantOf(size)
  if (constant !== 0 || parts.length === 0) {
    parts.push(`${constant < 0 ? '-' : '+'} ${Math.abs(constant)}`)
  }
  // What is added comes before what is taken away.
  parts.sort((a, b) => Number(a.startsWith('-')) - Number(b.startsWith('-')))
  return parts.join(' ').replace(/^\+ /, '').replace(/^- /, '-')
}

function formatFactor(factor: Factor): string {
  if (factor.kind === 'symbol') return factor.name
  if (factor.kind === 'scaled') return `${factor.rounding}(${factor.by} * ${bracketed(factor.of)})`
  if (factor.kind === 'quotient') return `floor(${bracketed(factor.of)} / ${bracketed(factor.by)})`
  const sides = [factor.a, factor.b].sort(
    (a, b) => Number(typeof a === 'number') - Number(typeof b === 'number'),
  )
  return `${factor.kind}(${sides.map(formatSize).join(', ')})`
}

function bracketed(size: Dim): string {
  const text = formatSize(size)
  return /^[\w.[\]]+$/.test(text) ? text : `(${text})`
}
