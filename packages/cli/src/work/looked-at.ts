import {
  type Asked,
  describeActions,
  isMadeHere,
  isRun,
  openRun,
  type ResolvedExperiment,
  resolveRun,
} from '@ashlar/experiment'
import type { Output } from '../terminal/output.ts'
import { builtInPlugins } from './registry.ts'

/** Which run is looked at, and what for. */
export interface LookRequest {
  readonly path: string
  readonly overrides?: readonly string[] | undefined
  readonly trust?: boolean | undefined
  /** Keys of its experiment that are used; see `testParts`. */
  readonly parts: readonly string[]
}

/** A run that may only be looked at. */
export interface LookedAt extends ResolvedExperiment {
  readonly asked: Asked
}

/**
 * A run that would do something beyond its folder and that nobody has trusted: what needs no code of it, and nothing that it asks for, is still to be had.
 *
 * @returns undefined for a run that can be opened as any other.
 */
export async function lookedAt({ path, ...options }: LookRequest): Promise<LookedAt | undefined> {
  // What is no run is refused by whoever opens it.
  if (options.trust || !(await isRun(path))) return undefined
  const run = await openRun(path)
  // Whoever opens a run that was made here resolves it.
  if (await isMadeHere(run)) return undefined
  const resolved = await resolveRun(run, { registry: builtInPlugins(), ...options, look: true })
  const { asked } = resolved
  return asked === undefined || asked.actions.length === 0 ? undefined : { ...resolved, asked }
}

/** Says what was not done, on stderr. */
export function noticeAsked(where: string, { actions }: Asked, output: Output): void {
  output.notice(`${where} was not made here, or was changed since; without --trust it does not`)
  for (const line of describeActions(actions)) output.notice(`  ${line}`)
}
