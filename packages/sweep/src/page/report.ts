import type { RunFolder } from '@ashlar/experiment'
import type { FinishedSweep, PlannedSweep } from '../run/sweep.ts'
export async function writeSweepReport(
  _: RunFolder,
  __: PlannedSweep,
  ___: FinishedSweep,
): Promise<string> {
  return ''
}
