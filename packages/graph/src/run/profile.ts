import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A line of onnxruntime's profile, as far as it is used. */
export interface ProfileEvent {
  readonly cat: string
  readonly name: string
  /** Microseconds. */
  readonly dur: number
  readonly args?: { readonly op_name?: string; readonly provider?: string } | undefined
}

/** A node as onnxruntime ran it. */
export interface NodeTime {
  readonly op: string
  /** Name of the execution provider as sessions take it: `cpu`, `webgpu`; empty where the profile does not say. */
  readonly provider: string
  /** The median over the runs. */
  readonly milliseconds: number
}

/**
 * Has onnxruntime write a profile while `run` works.
 *
 * @param run is given the prefix of the file; its session must have ended when it is done, as the profile is written then.
 */
export async function profiled(run: (prefix: string) => Promise<void>): Promise<ProfileEvent[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-profile-'))
  try {
    await run(join(folder, 'run'))
    const [file] = readdirSync(folder)
    return JSON.parse(readFileSync(join(folder, file!), 'utf8')) as ProfileEvent[]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const SUFFIX = '_kernel_time'

/**
 * What each node takes, by its name.
 *
 * @param warmUp runs that do not count.
 */
export function nodeTimes(events: readonly ProfileEvent[], warmUp: number): Map<string, NodeTime> {
  const times = new Map<string, Omit<NodeTime, 'milliseconds'> & { durations: number[] }>()
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith(SUFFIX)) continue
    const node = name.slice(0, -SUFFIX.length)
    const provider = (args?.provider ?? '').replace(/ExecutionProvider$/, '').toLowerCase()
    const known = times.get(node) ?? { op: args?.op_name ?? node, provider, durations: [] }
    known.durations.push(dur)
    times.set(node, known)
  }
  return new Map(
    [...times].map(([name, { op, provider, durations }]) => [
      name,
      { op, provider, milliseconds: medianOf(durations.slice(warmUp)) / 1000 },
    ]),
  )
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
}
