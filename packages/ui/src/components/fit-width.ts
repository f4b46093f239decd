import type uPlot from 'uplot'

/** Keeps a drawing as wide as what holds it; gives what ends that. */
export function fitWidth(plot: uPlot, holder: HTMLElement, height: number): () => void {
  const observer = new ResizeObserver(() => {
    if (holder.clientWidth > 0) plot.setSize({ width: holder.clientWidth, height })
  })
  observer.observe(holder)
  return () => observer.disconnect()
}
