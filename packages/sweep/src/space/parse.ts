import { ConfigError } from '@ashlar/errors'
import { applyOverrides } from '@ashlar/experiment'
import type { Data, DataMap } from '@ashlar/plugins'
import { isDataMap } from '@ashlar/plugins'
import { GRID_POINTS, type Parameter, type Range } from './parameter.ts'

/** What the arguments of a sweep say. */
export interface ParsedSpace {
  readonly parameters: readonly Parameter[]
  /** Overrides of every trial, as they were given. */
  readonly fixed: readonly string[]
}

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`
const RANGE = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})((?::.*)?)$`)
/** What was surely meant as a range. */
const LIKE_RANGE = /^[-+.\dA-Za-z]+\.\.[-+.\dA-Za-z]*(:.*)?$/
const WHOLE = /^[-+]?\d+$/

/**
 * Reads what a sweep varies: `key=1e-4..1e-2:log` is a range, `key=a,b` are choices, `key=0..4` are whole numbers; anything else is an override of every
 * trial. Behind a range may stand `:log`, `:step=0.1` and `:points=3` (values that a grid takes). Choices are values of overrides, and a comma in
 * quotes or brackets parts nothing.
 *
 * @throws ConfigError for a range that is none, a value that is given twice, and a key that is given twice or lies within another.
 * @example parseSpace(['optimizer.learningRate=1e-4..1e-2:log', 'model.name=mini-resnet,resnet18', 'seed=0..4', 'epochs=9'])
 */
export function parseSpace(args: readonly string[]): ParsedSpace {
  const parameters: Parameter[] = []
  const fixed: string[] = []
  for (const text of args) {
    const parameter = parseParameter(text)
    if (parameter === undefined) fixed.push(text)
    else parameters.push(parameter)
  }
  refuseOverlaps(parameters, fixed)
  return { parameters, fixed }
}

function parseParameter(text: string): Parameter | undefined {
  const at = text.indexOf('=')
  if (at <= 0 || text.startsWith('~')) return undefined
  const key = text.slice(text.startsWith('+') ? 1 : 0, at)
  const given = text.slice(at + 1).trim()
  const range = RANGE.exec(given)
  if (range !== null) {
    checkKey(key, text)
    return rangeOf(key, text, range)
  }
  const parts = splitChoices(given)
  if (parts.length === 1) {
    if (LIKE_RANGE.test(given) && !/[\\/]/.test(given)) throw noRange(text, given)
    return undefined
  }
  checkKey(key, text)
  const values = parts.map((part) => valueIn(part, text))
  const seen = new Set<string>()
  for (const value of values) {
    const json = JSON.stringify(value)
    if (seen.has(json)) {
      throw problem(text, 'each choice must be given once', value)
    }
    seen.add(json)
  }
  return { kind: 'choices', key, values }
}

function noRange(text: string, given: string): ConfigError {
  return problem(
    text,
    'a range must be two numbers: low..high',
    given,
    'For example 1e-4..1e-2:log.',
  )
}

function problem(text: string, expected: string, given: unknown, hint?: string): ConfigError {
  return new ConfigError({ where: `parameter ${text}`, expected, given, hint })
}

/** Refused as an override is, whatever the value. */
function checkKey(key: string, text: string): void {
  try {
    applyOverrides({}, [`${key}=0`], 'experiment')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError({
      where: `parameter ${text}`,
      expected: 'the key must be a path of the experiment',
      given: key,
      hint: error.message,
      cause: error,
    })
  }
}

function rangeOf(key: string, text: string, parts: RegExpExecArray): Range {
  const [, lowText = '', highText = '', suffixes = ''] = parts
  const low = Number(lowText)
  const high = Number(highText)
  let log = false
  let step: number | undefined
  let points: number | undefined
  for (const suffix of suffixes.split(':').slice(1)) {
    const [name = '', value] = suffix.split('=')
    if (name === 'log' && value === undefined) log = true
    else if (name === 'step' && isPositive(value)) step = Number(value)
    else if (name === 'points' && isPositive(value) && WHOLE.test(value!)) points = Number(value)
    else {
      const known = 'behind a range may stand :log, :step=NUMBER and :points=WHOLE NUMBER'
      throw problem(text, known, suffix)
    }
  }
  if (!Number.isFinite(low) || !Number.isFinite(high))
    throw noRange(text, `${lowText}..${highText}`)
  if (low >= high)
    throw problem(text, 'the first number must be below the second', `${low}..${high}`)
  if (log && low <= 0) throw problem(text, 'with :log, both numbers must be above 0', low)
  if (log && step !== undefined) throw problem(text, 'a range has :log or :step, not both', text)
  if (step !== undefined && step > high - low) {
    throw problem(text, 'the step must be no larger than the range', step)
  }
  const isWhole = WHOLE.test(lowText) && WHOLE.test(highText)
  const whole = isWhole && (step === undefined || Number.isInteger(step))
  if (whole && !(Number.isSafeInteger(low) && Number.isSafeInteger(high))) {
    throw problem(text, 'whole numbers must be exact', `${lowText}..${highText}`)
  }
  return { kind: 'range', key, low, high, log, whole, step, points: points ?? GRID_POINTS }
}

function isPositive(text: string | undefined): boolean {
  return text !== undefined && text !== '' && Number.isFinite(Number(text)) && Number(text) > 0
}

/** Parts at commas outside of quotes and brackets. */
function splitChoices(text: string): string[] {
  const parts: string[] = []
  let part = ''
  let depth = 0
  let quote = ''
  for (const [i, char] of [...text].entries()) {
    if (quote !== '') {
      if (char === quote && text[i - 1] !== '\\') quote = ''
    } else if ((char === '"' || char === "'") && part.trim() === '') quote = char
    else if (char === '[' || char === '{') depth++
    else if (char === ']' || char === '}') depth--
    else if (char === ',' && depth <= 0) {
      parts.push(part)
      part = ''
      continue
    }
    part += char
  }
  return [...parts, part]
}

/** What an override of this text sets. */
function valueIn(part: string, text: string): Data {
  const trimmed = part.trim()
  if (trimmed === '') throw problem(text, 'no choice may be empty', text)
  const value = (applyOverrides({}, [`value=${trimmed}`], 'experiment') as DataMap).value
  // An override of null takes out what is there.
  return value ?? null
}

function refuseOverlaps(parameters: readonly Parameter[], fixed: readonly string[]): void {
  const varied = parameters.map(({ key }) => key)
  const others = fixed.map((text) => text.replace(/^[+~]/, '').split('=')[0]!)
  for (const [i, key] of varied.entries()) {
    const twice = [...varied.filter((_, other) => other !== i), ...others].find((other) =>
      overlap(key, other),
    )
    if (twice === undefined) continue
    throw new ConfigError({
      where: `parameter ${key}`,
      expected: 'each key must be given once, and none may lie within another',
      given: twice,
      hint: `Vary ${key}.name to keep options beside it.`,
    })
  }
}

/** `optimizer=adam` first, then a sweep over its options, is no conflict: only what is within the varied one, or is it, is. */
function overlap(varied: string, other: string): boolean {
  return other === varied || other.startsWith(`${varied}.`)
}

/** A point as overrides of the experiment. */
export function overridesOf(point: Readonly<Record<string, Data>>): string[] {
  return Object.entries(point).map(([key, value]) => {
    if (value === null) return `${key}=null`
    return `${key}=${typeof value === 'string' ? textOf(value) : JSON.stringify(value)}`
  })
}

/** As short as it can be and still be read as this text. */
function textOf(value: string): string {
  const isPlain = /^[A-Za-z./][\w./:@-]*$/.test(value)
  const read = isPlain ? applyOverrides({}, [`value=${value}`], 'experiment') : {}
  return isDataMap(read) && read.value === value ? value : JSON.stringify(value)
}
