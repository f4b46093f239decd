import { ConfigError } from '@ashlar/errors'
import { parseDocument, stringify } from 'yaml'

/** Enough for anchors that are used by hand; too few for a file that unfolds to gigabytes. */
const MAX_ALIASES = 100

/**
 * Reads YAML 1.2 (and so JSON) as plain values.
 *
 * @param where the file, for errors.
 * @throws ConfigError with line and column.
 */
export function parseYaml(text: string, where: string): unknown {
  try {
    const document = parseDocument(text, { prettyErrors: true })
    const [error] = document.errors
    if (error !== undefined) throw error
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown
  } catch (error) {
    // Text that is nested thousands of levels deep exhausts the parser's stack: a RangeError like any other refusal.
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError({
      where,
      expected: `must be valid YAML: ${reason.split('\n')[0]!.replace(/:$/, '')}`,
      cause: error,
    })
  }
}

/** Writes plain values as YAML, keys in their order, without anchors. */
export function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 100 })
}
