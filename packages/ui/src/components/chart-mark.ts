import type uPlot from 'uplot'
import type { Mark } from './legend.ts'

/** Draws a line at the marked step, and says above it what it is. */
export function drawMark(self: uPlot, mark: Mark | undefined, color: string): void {
  const { min, max } = self.scales.x!
  if (mark === undefined || min == null || max == null || mark.step < min || mark.step > max) return
  const { ctx, bbox } = self
  const x = Math.round(self.valToPos(mark.step, 'x', true))
  const scale = devicePixelRatio
  ctx.save()
  ctx.strokeStyle = color
  ctx.fillStyle = color
  ctx.lineWidth = 1.5 * scale
  ctx.setLineDash([3 * scale, 3 * scale])
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bbox.top + bbox.height)
  ctx.stroke()
  ctx.font = `${12 * scale}px system-ui, sans-serif`
  // Above the curves, where none lies.
  ctx.textAlign =
    x > bbox.left + bbox.width * 0.85
      ? 'right'
      : x < bbox.left + bbox.width * 0.15
        ? 'left'
        : 'center'
  ctx.fillText('best', x, bbox.top - 5 * scale)
  ctx.restore()
}
