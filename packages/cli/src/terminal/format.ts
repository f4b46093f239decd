import { relative } from 'node:path'
import { visibleCell } from './visible.ts'

/** `1,234,567` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** `0:42`, `1:02:03` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** `612 KB`: powers of 1000, as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toPrecision(2)} ${units[unit]}`
}

/** A loss or metric: four digits that count, whatever its size. */
export function formatMetric(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e4 && size < 1e9) return formatCount(Math.round(value))
  return value === 0 || (size >= 1e-3 && size < 1e4)
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(2)
}

/** `val_loss 0.1234`, whatever is in the name: as part of a line that is drawn past whatever else looks at what is printed. */
export function formatFigure([name, value]: readonly [name: string, value: number]): string {
  return `${visibleCell(name)} ${formatMetric(value)}`
}

/** `0.9812 ± 0.002`: a mean and a standard deviation, where there is one. */
export function formatSpread(mean: number, deviation: number | undefined): string {
  const spread = deviation === undefined ? '' : ` ± ${Number(deviation.toPrecision(2))}`
  return `${formatMetric(mean)}${spread}`
}

/** `loss 0.1234, accuracy 0.98` */
export function formatMetrics(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${formatMetric(value)}`)
    .join(', ')
}

/** A path as the user would type it from here. */
export function formatPath(path: string): string {
  const near = relative(process.cwd(), path)
  return near !== '' && !near.startsWith('..') ? near : path
}
