import type { Dim } from '../ir/index.ts'
import type { JavaScriptKernel } from './javascript-kernel.ts'

interface SegmentAttrs {
  readonly numSegments: Dim
}

/** Rows added up by segment, each row read once; those of a segment that there is not are left out. */
export const unsortedSegmentSum: JavaScriptKernel<SegmentAttrs> = (
  { x, segmentIds },
  { numSegments },
  [output],
) => {
  const rows = x!.data
  const ids = segmentIds!.data
  const width = rows.length / Math.max(1, ids.length)
  // Rounded once, at the end: many rows may meet in one segment.
  const sums = new Float64Array(output!.data.length)
  for (let row = 0; row < ids.length; row++) {
    const segment = Number(ids[row])
    if (segment < 0 || segment >= Number(numSegments)) continue
    for (let column = 0; column < width; column++) {
      sums[segment * width + column]! += Number(rows[row * width + column])
    }
  }
  ;(output!.data as Float32Array).set(sums)
}
