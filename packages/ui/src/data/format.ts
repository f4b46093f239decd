/** What stands where there is no number. */
const NONE = '–'

/** One number, four digits that count. */
export function formatNumber(value: number | null | undefined): string {
  if (value == null || Number.isNaN(value)) return NONE
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (Number.isInteger(value)) return value.toLocaleString('en-US')
  const size = Math.abs(value)
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2)
}

/** Most digits after the point, before powers of ten take over. */
const MOST_DECIMALS = 7

/**
 * The numbers of a column, so that they stand digit under digit: all with as many decimals as four digits of the largest take. Where the
 * column goes over many sizes, all are powers of ten.
 */
export function formatColumn(values: readonly (number | null | undefined)[]): string[] {
  const known = values.filter((value): value is number => value != null && Number.isFinite(value))
  if (known.every(Number.isInteger)) return values.map(formatNumber)
  const sizes = known.map(Math.abs).filter((size) => size > 0)
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  // Each of them is to show at least three digits that count.
  const decimals = Math.max(3 - exponentOf(most), 2 - exponentOf(least), 0)
  const isWide = most >= 1e9 || decimals > MOST_DECIMALS
  return values.map((value) => {
    if (value == null || !Number.isFinite(value)) return formatNumber(value)
    if (isWide) return value.toExponential(3)
    return value.toLocaleString('en-US', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    })
  })
}

function exponentOf(size: number): number {
  return Math.floor(Math.log10(size))
}

const COMPACT = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  maximumSignificantDigits: 4,
})

/**
 * The numbers along an axis, as short as tells neighbours apart: `8.18M`, `0.02`, `1e-6`.
 *
 * @param step between two of them.
 */
export function formatTick(value: number, step: number = Math.abs(value)): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e15 || size < 1e-4) return value.toExponential().replace('e+', 'e')
  if (size >= 1e4) {
    const digits = Math.min(8, Math.max(1, exponentOf(size) - exponentOf(step || size) + 1))
    if (digits <= 4) return COMPACT.format(value)
    return value.toLocaleString('en-US', { maximumFractionDigits: 0 })
  }
  const decimals = Math.min(MOST_DECIMALS, Math.max(0, -exponentOf(step || size) + 1))
  return String(Number(value.toFixed(decimals)))
}

/** The numbers along an axis: where they have decimals, all have as many. */
export function formatTicks(values: readonly (number | null)[], step: number): string[] {
  const texts = values.map((value) => (value == null ? '' : formatTick(value, step)))
  if (texts.some((text) => /[^-\d.]/.test(text))) return texts
  const decimals = Math.max(...texts.map((text) => text.split('.')[1]?.length ?? 0))
  return texts.map((text) => (text === '' ? '' : Number(text).toFixed(decimals)))
}

/** The numbers along an axis of logarithms, each by itself: what tells the large ones apart would make 0 of the small ones. */
export function formatMagnitudes(values: readonly (number | null)[]): string[] {
  return values.map((value) => (value == null ? '' : formatTick(value)))
}

/** `1.5 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return NONE
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** `512 MiB`, `3.2 GiB`. */
export function formatBytes(bytes: number): string {
  const [unit, size] = bytes >= 2 ** 30 ? ['GiB', 2 ** 30] : ['MiB', 2 ** 20]
  return `${Number((bytes / size).toPrecision(3))} ${unit}`
}
