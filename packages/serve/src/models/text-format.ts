import { ConfigError } from '@ashlar/errors'

/** A message in protobuf's text format: each field with all values it was given. */
export type TextMessage = ReadonlyMap<string, readonly TextValue[]>

/** A value: a message, a quoted string, or a bare word (number, true, false, name of an enum). */
export type TextValue = TextMessage | { readonly text: string } | { readonly word: string }

/** How deep messages may lie in each other. */
const MAX_DEPTH = 20

const TOKEN =
  /\s+|#[^\n]*|(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<word>[-+]?[\w.]+(?:[+-]\d+)?)|(?<mark>[{}<>[\]:,;])/gy

interface Token {
  readonly kind: 'string' | 'word' | 'mark' | 'end'
  readonly text: string
  readonly line: number
}

/**
 * Reads protobuf's text format, in which config.pbtxt is written.
 *
 * @param where the file, for messages.
 * @throws ConfigError that names the line.
 */
export function parseTextFormat(where: string, source: string): TextMessage {
  return new Parser(where, tokens(where, source)).document()
}

function tokens(where: string, source: string): Token[] {
  const found: Token[] = []
  let line = 1
  let end = 0
  for (const match of source.matchAll(TOKEN)) {
    const { string, word, mark } = match.groups!
    const text = string ?? word ?? mark
    const kind = string !== undefined ? 'string' : word !== undefined ? 'word' : 'mark'
    if (text !== undefined) found.push({ kind, text, line })
    line += match[0].split('\n').length - 1
    end = match.index + match[0].length
  }
  if (end < source.length) {
    throw new ConfigError({
      where: `${where}: line ${line}`,
      expected: 'must be protobuf text format',
      given: source.slice(end, end + 20),
    })
  }
  found.push({ kind: 'end', text: 'the end', line })
  return found
}

class Parser {
  private readonly where: string
  private readonly tokens: readonly Token[]
  private index = 0

  constructor(where: string, tokens: readonly Token[]) {
    this.where = where
    this.tokens = tokens
  }

  document(): TextMessage {
    const message = this.fields(0)
    if (this.peek().kind !== 'end') throw this.unexpected('a field')
    return message
  }

  /** Fields up to a mark that closes the message, which is left. */
  private fields(depth: number): TextMessage {
    if (depth > MAX_DEPTH) throw this.unexpected(`at most ${MAX_DEPTH} messages in each other`)
    const fields = new Map<string, TextValue[]>()
    while (this.peek().kind === 'word') {
      const name = this.next().text
      const hasColon = this.skip(':')
      const values = this.skip('[') ? this.list(depth) : [this.value(depth, hasColon)]
      const known = fields.get(name)
      if (known === undefined) fields.set(name, values)
      else for (const value of values) known.push(value)
      if (!this.skip(',')) this.skip(';')
    }
    return fields
  }

  private list(depth: number): TextValue[] {
    const values: TextValue[] = []
    while (!this.skip(']')) {
      values.push(this.value(depth, true))
      if (!this.skip(',') && this.peek().text !== ']') throw this.unexpected(', or ]')
    }
    return values
  }

  private value(depth: number, scalarAllowed: boolean): TextValue {
    for (const [open, close] of [
      ['{', '}'],
      ['<', '>'],
    ] as const) {
      if (!this.skip(open)) continue
      const message = this.fields(depth + 1)
      if (!this.skip(close)) throw this.unexpected(close)
      return message
    }
    const { kind, text } = this.peek()
    if (!scalarAllowed || kind === 'mark' || kind === 'end') throw this.unexpected('a value')
    this.index += 1
    if (kind === 'word') return { word: text }
    // Strings that follow each other are one.
    let whole = unquote(text)
    while (this.peek().kind === 'string') whole += unquote(this.next().text)
    return { text: whole }
  }

  private peek(): Token {
    return this.tokens[this.index]!
  }

  private next(): Token {
    this.index += 1
    return this.tokens[this.index - 1]!
  }

  private skip(mark: string): boolean {
    const { kind, text } = this.peek()
    if (kind !== 'mark' || text !== mark) return false
    this.index += 1
    return true
  }

  private unexpected(expected: string): ConfigError {
    const { text, line } = this.peek()
    return new ConfigError({
      where: `${this.where}: line ${line}`,
      expected: `must have ${expected}`,
      given: text,
    })
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter)
}
