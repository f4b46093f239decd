import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { readText } from './read-text.ts'
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
  const text = await readText(run.file(runFiles.metrics)).catch(() => '')
  // A metric may have any name, `constructor` too.
  const curves = new Map<string, CurvePoint[]>()
  for (const line of text.split('\n')) {
    const entry = parse(line)
    if (entry?.kind !== kind || typeof entry.step !== 'number') continue
    const { kind: _, step, epoch: __, ...values } = entry
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'number') continue
      const points = curves.get(name) ?? []
      points.push({ step, value })
      curves.set(name, points)
    }
  }
  return Object.fromEntries(curves)
}

/** Bytes at the end of the log in which its last whole line is. */
const TAIL = 65_536

/** The last point of a run's log, of a step or an epoch: how far it has come, and how it goes. */
export async function lastPoint(
  run: RunFolder,
): Promise<{ readonly step: number; readonly metrics: Readonly<Record<string, number>> }> {
  for (const line of (await readTail(run.file(runFiles.metrics))).split('\n').reverse()) {
    const entry = parse(line)
    if (typeof entry?.step !== 'number') continue
    const { kind: _, step, epoch: __, learningRate: ___, seconds: ____, ...values } = entry
    const numbers = Object.entries(values).filter(([, value]) => typeof value === 'number')
    return { step, metrics: Object.fromEntries(numbers) as Record<string, number> }
  }
  return { step: 0, metrics: {} }
}

async function readTail(path: string): Promise<string> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
  const file = await open(path, flags).catch(() => undefined)
  if (file === undefined) return ''
  try {
    const found = await file.stat()
    // A pipe has no end to read from.
    if (!found.isFile()) return ''
    const { size } = found
    const length = Math.min(size, TAIL)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The last line of a run that was killed may be cut off. */
function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
