/**
 * @typedef {object} Token
 * @property {'name' | 'string' | 'part' | 'sign' | 'comment'} kind `part` is the beginning of a template up to its first `${`; a template without one is a `string`.
 * @property {string} text of a string, what it says; of a comment, all of it.
 * @property {number} line counted from 1.
 */

/** Words behind which a slash begins a pattern. */
const BEFORE_PATTERN = new Set(
  'await case default delete do else extends in instanceof new of return throw typeof void yield'.split(
    ' ',
  ),
)

/** Words whose parentheses a statement follows. */
const BEFORE_STATEMENT = new Set(['for', 'if', 'while', 'with'])

const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*/uy
const NUMBER = /\.?\d(?:[eE][+-]|[\w.])*/y
const LINE_COMMENT = /\/\/.*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?(?:\*\/|$)/y
const PATTERN = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y
const SIGN = /\+\+|--|=>|[\s\S]/y

/**
 * JavaScript or TypeScript as tokens, so that a rule sees code where code is, whatever lines it is broken over. It knows strings, templates, patterns and comments, and nothing of grammar.
 *
 * @param {string} text
 * @returns {Token[]}
 */
export function tokensOf(text) {
  return new Scanner(text).all()
}

class Scanner {
  /** @type {Token[]} */
  tokens = []
  at = 0
  line = 1
  /** Whether a slash would divide: something that has a value stands before it. */
  afterValue = false
  /** What was opened: `(` with whether a statement follows its end, and `${` of templates. @type {{ sign: string, statement: boolean }[]} */
  open = []

  /** @param {string} text */
  constructor(text) {
    this.text = text
  }

  all() {
    if (this.text.startsWith('#!')) this.take(/#!.*/y)
    while (this.at < this.text.length) this.next()
    return this.tokens
  }

  next() {
    if (this.take(/\s+/y) !== undefined) return
    const comment = this.take(LINE_COMMENT, 'comment') ?? this.take(BLOCK_COMMENT, 'comment')
    if (comment !== undefined) return
    const char = this.text[this.at]
    if (char === '"' || char === "'") return this.quoted(char)
    if (char === '`') return this.template()
    if (char === '}' && this.open.at(-1)?.sign === '${') return this.template()
    if (char === '/' && !this.afterValue && this.take(PATTERN) !== undefined) {
      this.afterValue = true
      return
    }
    const before = this.tokens.at(-1)
    const word = this.take(WORD, 'name')
    if (word !== undefined) {
      this.afterValue = !BEFORE_PATTERN.has(word) || isSign(before, '.')
      return
    }
    if (this.take(NUMBER) !== undefined) this.afterValue = true
    else this.sign(before)
  }

  /** @param {Token | undefined} before */
  sign(before) {
    const wasValue = this.afterValue
    const sign = /** @type {string} */ (this.take(SIGN, 'sign'))
    this.afterValue = /^[)\]]$|^(\+\+|--)$/.test(sign)
    if (sign === '(' || sign === '{') {
      const statement = before?.kind === 'name' && BEFORE_STATEMENT.has(before.text)
      this.open.push({ sign, statement })
    } else if (sign === ')' || sign === '}') {
      // What was not opened closes nothing.
      if (this.open.at(-1)?.sign === (sign === ')' ? '(' : '{')) {
        const statement = this.open.pop()?.statement ?? false
        this.afterValue = sign === ')' && !statement
      }
    } else if (sign === '!') {
      // TypeScript's `value!`.
      this.afterValue = wasValue && this.text[this.at] !== '='
    }
  }

  /** @param {string} quote */
  quoted(quote) {
    // One that does not end ends with its line.
    const found = /** @type {string} */ (
      this.take(quote === '"' ? /"(?:\\[\s\S]|[^"\\\n])*"?/y : /'(?:\\[\s\S]|[^'\\\n])*'?/y)
    )
    this.push('string', unescaped(found.slice(1, found.endsWith(quote) ? -1 : undefined)), found)
    this.afterValue = true
  }

  /** From a backtick, or from the end of a `${}`, to the next of either. */
  template() {
    const begins = this.text[this.at] === '`'
    if (!begins) this.open.pop()
    const found = /** @type {string} */ (
      this.take(/[`}](?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/y)
    )
    const goesOn = found.endsWith('${')
    if (begins) {
      const inside = found.slice(1, goesOn ? -2 : -1)
      this.push(goesOn ? 'part' : 'string', unescaped(inside), found)
    }
    if (goesOn) this.open.push({ sign: '${', statement: false })
    this.afterValue = !goesOn
  }

  /**
   * Goes on behind what a pattern finds here.
   *
   * @param {RegExp} pattern
   * @param {Token['kind']} [kind] makes a token of it.
   * @returns {string | undefined}
   */
  take(pattern, kind) {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found === undefined || found === '') return undefined
    this.at += found.length
    this.line += found.split('\n').length - 1
    if (kind !== undefined) this.push(kind, found, found)
    return found
  }

  /**
   * @param {Token['kind']} kind
   * @param {string} text
   * @param {string} source as it stands there: its first line is the token's.
   */
  push(kind, text, source) {
    this.tokens.push({ kind, text, line: this.line - source.split('\n').length + 1 })
  }
}

/**
 * @param {Token | undefined} token
 * @param {string} text
 */
export function isSign(token, text) {
  return token?.kind === 'sign' && token.text === text
}

/**
 * @param {Token | undefined} token
 * @param {string} text
 */
export function isName(token, text) {
  return token?.kind === 'name' && token.text === text
}

/**
 * What a string says, whose letters may be written as numbers.
 *
 * @param {string} text
 */
function unescaped(text) {
  return text.replace(
    /\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2})|(\r?\n)|([\s\S]))/gi,
    (_all, braces, four, two, newline, other) => {
      const code = braces ?? four ?? two
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
      return newline === undefined ? other : ''
    },
  )
}
