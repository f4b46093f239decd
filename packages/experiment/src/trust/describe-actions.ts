import type { AccessKind } from '@ashlar/plugins'

/** Something that an experiment would do beyond the folder that it came in. */
export interface Action {
  readonly does: AccessKind
  /** The module, the path or the address. */
  readonly what: string
  /** What says so: `dataset.file`. */
  readonly key: string
}

const ORDER: readonly AccessKind[] = ['run', 'read', 'write', 'call']

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
