import { ConfigError } from '@ashlar/errors'
import { type Document, isMap, isScalar, isSeq, Lexer, parseDocument, stringify } from 'yaml'

/** Enough for anchors that are used by hand; too few for a file that unfolds to gigabytes. */
const MAX_ALIASES = 100

/** How YAML is read. */
export interface YamlOptions {
  /**
   * What a key without a value stands for, by its path; `null` by default. `key: null` and `key: ~` have a value.
   */
  empty?(path: readonly string[]): unknown
}

/**
 * Reads YAML 1.2 (and so JSON) as plain values.
 *
 * @param where the file, for errors.
 * @throws ConfigError with line and column.
 */
export function parseYaml(text: string, where: string, { empty }: YamlOptions = {}): unknown {
  try {
    const document = parseDocument(text, { prettyErrors: true })
    const [error] = document.errors
    if (error !== undefined) throw error
    if (empty) fillEmpty(document, empty)
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

/** Whether YAML would take a part of this text for a comment. */
export function hasComment(text: string): boolean {
  return [...new Lexer().lex(text)].some((token) => token.startsWith('#'))
}

/** Writes plain values as YAML, keys in their order, without anchors. */
export function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 100 })
}

function fillEmpty(document: Document.Parsed, empty: (path: readonly string[]) => unknown): void {
  const visit = (node: unknown, path: readonly string[]): void => {
    if (isSeq(node)) for (const item of node.items) visit(item, [...path, ''])
    if (!isMap(node)) return
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : ''
      const { value } = pair
      const isEmpty = value === null || (isScalar(value) && value.value === null && !value.source)
      if (isEmpty) pair.value = document.createNode(empty([...path, key]))
      else visit(value, [...path, key])
    }
  }
  visit(document.contents, [])
}
