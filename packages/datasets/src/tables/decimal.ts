/** What stands between whole numbers and their fractions. */
export type Decimal = '.' | ','

/** `1.234.567,89`, `0,5`, `-3`: points between groups of three digits at most. */
const WITH_COMMA = /^(?=.*\d)([+-]?)(\d{1,3}(?:\.\d{3})+|\d*)(?:,(\d+))?(e[+-]?\d+)?$/i

/** Whether a text is a number whose decimal sign is a comma, or could be. */
export function isWithComma(text: string): boolean {
  return WITH_COMMA.test(text)
}

/** Whether a text is a number by a point where the decimal sign is a comma: beside `1.250`, which is 1250 there, nobody knows what it means. */
export function isByPoint(text: string, decimal: Decimal | undefined): boolean {
  return decimal === ',' && text.includes('.') && !isWithComma(text)
}

/** A number of a table as everybody else writes it; whatever is none stays as it is. */
export function withPoint(text: string, decimal: Decimal | undefined): string {
  if (decimal !== ',') return text
  const match = WITH_COMMA.exec(text)
  if (match === null) return text
  const [, sign = '', whole = '', fraction, exponent = ''] = match
  const point = fraction === undefined ? '' : `.${fraction}`
  return `${sign}${whole.replaceAll('.', '') || '0'}${point}${exponent}`
}

/** What to do about a text that is no number by a point, and one by a comma. */
export const COMMA_HINT =
  'If the comma is its decimal sign, say so: `decimal: ","` of `csv` and `csv-stream`.'

/** What to do about a number by a point where the decimal sign is a comma. */
export const POINT_HINT =
  'Beside `1.250`, which is 1250 there, nobody knows what it means: write all with a comma, or leave out `decimal: ","` where none has one.'

/** What to do about a text that was to be a number, as far as its decimal sign is what is wrong with it. */
export function decimalHint(given: unknown, decimal: Decimal | undefined): string | undefined {
  if (typeof given !== 'string') return undefined
  if (isByPoint(given, decimal)) return POINT_HINT
  return decimal !== ',' && given.includes(',') && isWithComma(given) ? COMMA_HINT : undefined
}
