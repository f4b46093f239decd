import type uPlot from 'uplot'

/** A colour of the page, as canvases need it. */
export function colorOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** How all axes look. */
export function axisLook(): Pick<uPlot.Axis, 'stroke' | 'grid' | 'ticks'> & { font: string } {
  const grid = colorOf('--grid')
  return {
    stroke: colorOf('--axis'),
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
    font: '12px system-ui, sans-serif',
  }
}

/** Pixels of an axis of values: as wide as its widest number. */
export function widthOf(_: uPlot, values: readonly (string | null)[] | null): number {
  return 18 + 7.4 * Math.max(3, ...(values ?? []).map((value) => value?.length ?? 0))
}
