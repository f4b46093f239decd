import { ConfigError } from '@ashlar/errors'
import type { AccessKind } from '@ashlar/plugins'

/** Something that an experiment would do beyond the folder that it came in. */
export interface Action {
  readonly does: AccessKind
  /** The module, the path or the address. */
  readonly what: string
  /** What says so: `dataset.file`. */
  readonly key: string
}

/**
 * Where an experiment comes from that nobody here wrote: a run folder that was not made here, or a file that carries one. What is in it is data:
 * it is looked at, and does nothing beyond its folder. An experiment without an origin is the user's own.
 */
export interface Origin {
  /** The run folder or file, as errors name it. */
  readonly where: string
  /** Absolute path of the folder whose files it may read and write; undefined for a file, which has none. */
  readonly inside?: string | undefined
  /** What reading it at all would do: follow links to somewhere else. */
  readonly asks: readonly Action[]
}

const ORDER: readonly AccessKind[] = ['run', 'read', 'write', 'call']

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

/** A line for each action, each once: `run    ./plugin.ts (plugins)`. */
export function describeActions(actions: readonly Action[]): string[] {
  const sorted = ORDER.flatMap((kind) => actions.filter(({ does }) => does === kind))
  return [
    ...new Set(
      sorted.map(({ does, what, key }) => `${does.padEnd(5)}  ${shown(what)} (${shown(key)})`),
    ),
  ]
}

/** What a stranger wrote stays on its line, whatever it is, and tells a terminal nothing. */
function shown(text: string): string {
  const plain = /^[\x21-\x7e\u00a1-\u024f]+(?: [\x21-\x7e\u00a1-\u024f]+)*$/.test(text)
  return plain ? text : JSON.stringify(text).replace(/[^\x20-\x7e]/g, escaped)
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}
