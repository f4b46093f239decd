import { ConfigError } from '@ashlar/errors'
import { type Action, describeActions } from './describe-actions.ts'
import type { Origin } from './origin.ts'

/**
 * The gate: lets an experiment of another's pass that stays in its folder.
 *
 * @throws ConfigError that lists everything that it would do beyond.
 */
export function requireTrust(origin: Origin, actions: readonly Action[]): void {
  if (actions.length === 0) return
  throw new ConfigError({
    where: origin.where,
    expected: 'must be trusted for what it would do: it was not made here, or was changed since',
    hint: `${describeActions(actions).join('\n  ')}\n  Add --trust if you trust all of this.`,
  })
}
