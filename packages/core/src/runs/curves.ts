import { readFile } from 'node:fs/promises'
import { type RunFolder, runFiles } from './run-folder.ts'

/** A point of a curve. */
export interface CurvePoint {
  /** Steps done. */
  readonly step: number
  readonly value: number
}

/** How a run went, by metric: loss, accuracy, `val_loss`, `learningRate`, `seconds`, ... */
export type Curves = Readonly<Record<string, readonly CurvePoint[]>>

/**
 * Reads `metrics.jsonl`.
 *
 * @param kind one point per epoch, or one per logged step.
 * @returns nothing for a run that has none.
 */
export async function readCurves(run: RunFolder, kind: 'epoch' | 'step'): Promise<Curves> {
  const text = await readFile(run.file(runFiles.metrics), 'utf8').catch(() => '')
  const curves: Record<string, CurvePoint[]> = {}
  for (const line of text.split('\n')) {
    const entry = parse(line)
    if (entry?.kind !== kind || typeof entry.step !== 'number') continue
    const { kind: _, step, epoch: __, ...values } = entry
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'number') continue
      curves[name] ??= []
      curves[name].push({ step, value })
    }
  }
  return curves
}

/** The last line of a run that was killed may be cut off. */
function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
