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
