import type uPlot from 'uplot'
import type { Window } from '../data/downsample.ts'

/**
 * Reads and zooms a chart by keys: arrows go from point to point, with shift they move the window, plus and minus zoom, 0 and Escape show everything.
 *
 * @returns whether the key was one of them.
 */
export function moveByKey(
  plot: uPlot,
  { key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent,
  onWindow: (window: Window | undefined) => void,
): boolean {
  if (ctrlKey || metaKey || altKey) return false
  const steps = plot.data[0]
  const [from, to] = [plot.scales.x!.min ?? 0, plot.scales.x!.max ?? 0]
  const width = to - from
  const zoom = (by: number) => {
    const middle = plot.cursor.idx == null ? (from + to) / 2 : steps[plot.cursor.idx]!
    const part = (middle - from) / width
    const next = { from: middle - part * width * by, to: middle + (1 - part) * width * by }
    onWindow(by > 1 && next.from <= steps[0]! && next.to >= steps.at(-1)! ? undefined : next)
  }
  if (key === '+' || key === '=') zoom(0.5)
  else if (key === '-') zoom(2)
  else if (key === '0' || key === 'Escape') onWindow(undefined)
  else if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const direction = key === 'ArrowLeft' ? -1 : 1
    if (shiftKey) {
      const by = (direction * width) / 4
      onWindow({ from: from + by, to: to + by })
    } else {
      const first = steps.findIndex((step) => step >= from)
      const now = plot.cursor.idx
      const next = now == null ? Math.max(0, first) : now + direction
      const at = Math.max(0, Math.min(steps.length - 1, next))
      plot.setCursor({ left: plot.valToPos(steps[at]!, 'x'), top: 0 })
    }
  } else return false
  return true
}
