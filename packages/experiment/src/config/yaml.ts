import { ConfigError } from '@ashlar/errors'
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  stringify,
} from 'yaml'

/** What reading a file may take. Whoever writes by hand stays far below; a file that unfolds to gigabytes does not. */
const LIMITS = {
  /** Characters: a mebibyte is read in about a second. */
  characters: 2 ** 20,
  /** Lists and maps within each other. */
  depth: 100,
  /** Places where an anchor is put in; each is looked for in the whole file. */
  aliases: 200,
  /** Values that one anchor may unfold to. */
  unfolded: 100,
} as const

/** How YAML is read. */
export interface YamlOptions {
  /**
   * What a key without a value stands for, by its path; `null` by default. `key: null` and `key: ~` have a value.
   */
  empty?(path: readonly string[]): unknown
}

/**
 * Reads YAML 1.2 (and so JSON) as plain values, in time that grows with the text's length alone.
 *
 * @param where the file, for errors.
 * @throws ConfigError with line and column; also for a text that is longer than a mebibyte, nested more than 100 deep, or unfolds to much more than it is.
 */
export function parseYaml(text: string, where: string, { empty }: YamlOptions = {}): unknown {
  if (text.length > LIMITS.characters) {
    throw new ConfigError({
      where,
      expected: `must have at most ${LIMITS.characters} characters`,
      given: text.length,
    })
  }
  const lines = new LineCounter()
  try {
    // The parser would hold each key against all others of its map, and copy the line of every error.
    const options = { prettyErrors: false, uniqueKeys: false, lineCounter: lines } as const
    const document = parseDocument(text, options)
    const [error] = document.errors
    if (error !== undefined) throw new Error(`${error.message}${place(lines, error.pos[0])}`)
    check(document, lines)
    if (empty) fillEmpty(document, empty)
    return document.toJS({ maxAliasCount: LIMITS.unfolded }) as unknown
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

/** Refuses what is too deep, unfolds too often, or says a thing twice. */
function check(document: Document.Parsed, lines: LineCounter): void {
  let aliases = 0
  const fail = (node: unknown, problem: string) => {
    throw new Error(`${problem}${place(lines, (node as ParsedNode).range?.[0] ?? 0)}`)
  }
  const walk = (node: unknown, depth: number): void => {
    if (depth > LIMITS.depth && isCollection(node))
      fail(node, `Nested more than ${LIMITS.depth} deep`)
    if (isAlias(node)) {
      aliases += 1
      if (aliases > LIMITS.aliases) fail(node, `More than ${LIMITS.aliases} aliases`)
    } else if (isMap(node)) {
      const keys = new Set<unknown>()
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? key.value : key
        if (keys.has(name)) fail(key, 'Map keys must be unique')
        keys.add(name)
        walk(key, depth + 1)
        walk(value, depth + 1)
      }
    } else if (isSeq(node)) {
      for (const item of node.items) walk(isPair(item) ? item.value : item, depth + 1)
    }
  }
  walk(document.contents as Node | null, 1)
}

function place(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return ` at line ${line}, column ${col}`
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
