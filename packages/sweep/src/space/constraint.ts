import { ConfigError } from '@ashlar/errors'
import type { Data } from '@ashlar/plugins'
import type { Point } from './parameter.ts'

/** What must hold of the values of a trial. */
export interface Constraint {
  /** As it was given. */
  readonly text: string
  holds(point: Point): boolean
}

type Value = number | string | boolean
type Node = (point: Point) => Value

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|([A-Za-z_][\w]*(?:\.[\w-]+)*)|"([^"]*)"|'([^']*)'|(<=|>=|==|!=|&&|\|\||[-+*/%()<>!=]))/y

/**
 * Reads a constraint: comparisons of arithmetic of parameters, numbers and quoted texts, joined with `&&` and `||`.
 *
 * @param keys the parameters that it may speak of.
 * @throws ConfigError for text that is none, and for a name that is no parameter.
 * @example parseConstraint('batchSize * optimizer.learningRate <= 0.1', ['batchSize', 'optimizer.learningRate'])
 */
export function parseConstraint(text: string, keys: readonly string[]): Constraint {
  const node = new Reader(text, keys).read()
  return {
    text,
    holds(point) {
      const value = node(point)
      if (typeof value === 'boolean') return value
      throw refuse(text, 'must come to true or false', value)
    },
  }
}

function refuse(text: string, expected: string, given: unknown): ConfigError {
  return new ConfigError({
    where: `constraint ${text}`,
    expected,
    given,
    hint: "For example 'batchSize * optimizer.learningRate <= 0.1', or 'model.name != \"resnet18\" || batchSize < 64'.",
  })
}

/** Parentheses within one another. */
const DEEPEST = 100

class Reader {
  readonly #text: string
  readonly #tokens: { readonly kind: 'number' | 'name' | 'text' | 'sign'; readonly text: string }[]
  readonly #keys: readonly string[]
  #at = 0
  #depth = 0

  constructor(text: string, keys: readonly string[]) {
    this.#text = text
    this.#keys = keys
    this.#tokens = []
    TOKEN.lastIndex = 0
    let end = 0
    for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) {
      const [, number, name, double, single, sign] = found
      end = TOKEN.lastIndex
      const quoted = double ?? single
      if (number !== undefined) this.#tokens.push({ kind: 'number', text: number })
      else if (name !== undefined) this.#tokens.push({ kind: 'name', text: name })
      else if (quoted !== undefined) this.#tokens.push({ kind: 'text', text: quoted })
      else this.#tokens.push({ kind: 'sign', text: sign! })
    }
    if (text.slice(end).trim() !== '')
      throw refuse(text, 'must be arithmetic and comparisons', text.slice(end))
  }

  read(): Node {
    const node = this.#either()
    if (this.#at < this.#tokens.length) throw this.#unexpected()
    return node
  }

  #unexpected(): ConfigError {
    const given = this.#tokens[this.#at]?.text ?? 'its end'
    return refuse(this.#text, 'must be arithmetic and comparisons', given)
  }

  #take(...signs: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at]
    if (token?.kind !== 'sign' || !signs.includes(token.text)) return undefined
    this.#at++
    return token.text
  }

  #either(): Node {
    let left = this.#both()
    while (this.#take('||') !== undefined) {
      const [one, other] = [left, this.#both()]
      left = (point) => this.#truth(one(point)) || this.#truth(other(point))
    }
    return left
  }

  #both(): Node {
    let left = this.#compared()
    while (this.#take('&&') !== undefined) {
      const [one, other] = [left, this.#compared()]
      left = (point) => this.#truth(one(point)) && this.#truth(other(point))
    }
    return left
  }

  #compared(): Node {
    const one = this.#sum()
    const sign = this.#take('<=', '>=', '==', '!=', '<', '>', '=')
    if (sign === undefined) return one
    const other = this.#sum()
    return (point) => {
      const [a, b] = [one(point), other(point)]
      if (sign === '==' || sign === '=') return a === b
      if (sign === '!=') return a !== b
      const [x, y] = [this.#number(a), this.#number(b)]
      if (sign === '<') return x < y
      if (sign === '>') return x > y
      return sign === '<=' ? x <= y : x >= y
    }
  }

  #sum(): Node {
    let left = this.#product()
    for (let sign = this.#take('+', '-'); sign !== undefined; sign = this.#take('+', '-')) {
      const [one, other, adds] = [left, this.#product(), sign === '+']
      left = (point) => {
        const [a, b] = [this.#number(one(point)), this.#number(other(point))]
        return adds ? a + b : a - b
      }
    }
    return left
  }

  #product(): Node {
    let left = this.#factor()
    for (
      let sign = this.#take('*', '/', '%');
      sign !== undefined;
      sign = this.#take('*', '/', '%')
    ) {
      const [one, other, by] = [left, this.#factor(), sign]
      left = (point) => {
        const [a, b] = [this.#number(one(point)), this.#number(other(point))]
        if (by === '*') return a * b
        return by === '/' ? a / b : a % b
      }
    }
    return left
  }

  #factor(): Node {
    if (++this.#depth > DEEPEST)
      throw refuse(this.#text, `must be at most ${DEEPEST} deep`, this.#text.length)
    try {
      if (this.#take('-') !== undefined) {
        const negated = this.#factor()
        return (point) => -this.#number(negated(point))
      }
      if (this.#take('!') !== undefined) {
        const negated = this.#factor()
        return (point) => !this.#truth(negated(point))
      }
      if (this.#take('(') !== undefined) {
        const inner = this.#either()
        if (this.#take(')') === undefined) throw this.#unexpected()
        return inner
      }
      return this.#leaf()
    } finally {
      this.#depth--
    }
  }

  #leaf(): Node {
    const token = this.#tokens[this.#at]
    if (token === undefined || token.kind === 'sign') throw this.#unexpected()
    this.#at++
    const { kind, text } = token
    if (kind === 'number') return () => Number(text)
    if (kind === 'text') return () => text
    if (text === 'true' || text === 'false') return () => text === 'true'
    if (!this.#keys.includes(text)) {
      const known = this.#keys.join(', ')
      throw refuse(this.#text, `each name must be one of the sweep's parameters: ${known}`, text)
    }
    return (point) => asValue(point[text])
  }

  #number(value: Value): number {
    if (typeof value === 'number') return value
    throw refuse(this.#text, 'what is compared or computed with must be a number', value)
  }

  #truth(value: Value): boolean {
    if (typeof value === 'boolean') return value
    throw refuse(this.#text, '&&, || and ! must join comparisons', value)
  }
}

function asValue(value: Data | undefined): Value {
  const isPlain =
    typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
  return isPlain ? value : JSON.stringify(value ?? null)
}
