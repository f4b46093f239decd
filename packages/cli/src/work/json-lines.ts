import { createReadStream } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { DataError, unknownName } from '@ashlar/errors'
import type { FileInput, NamedData } from '@ashlar/export/guarded'
import type { RawFields } from './raw-fields.ts'

/** One sample: a number or bytes of numbers for each input of a model. */
export interface FieldSample {
  readonly file: string
  /** Its line, from 1 on. */
  readonly row: number
  readonly fields: NamedData
}

/** How the names of such files end. */
export const JSON_LINES: readonly string[] = ['.jsonl', '.ndjson']

/** Characters; a longer line is no sample. */
const LONGEST_LINE = 2 ** 28

/**
 * The samples of a file of JSON lines, each an object with a field for each input: `{"image": [[0, 0.5], [1, 0]], "kind": 3}`. Nested lists, or one list of all
 * numbers in a row where the sizes of the input are fixed; the path of a picture or the cells of a row where the file says how its inputs are made of them.
 *
 * @param inputs what the model takes; their first axis is the batch.
 * @param raw makes inputs of what anybody has.
 * @throws DataError that names line and field.
 */
export async function* readJsonLines(
  file: string,
  inputs: readonly FileInput[],
  raw: RawFields,
): AsyncGenerator<FieldSample> {
  const stream = createReadStream(file, 'utf8')
  let line = 0
  let isEmpty = true
  try {
    for await (const text of createInterface({
      input: stream,
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      line++
      if (text.trim() === '') continue
      isEmpty = false
      const where = `${file}, line ${line}`
      yield {
        file,
        row: line,
        fields: await sampleFields(parse(text.replace(/^\uFEFF/, ''), where), inputs, {
          ...{ where, raw, folder: dirname(file) },
        }),
      }
    }
  } catch (error) {
    if (error instanceof DataError) throw error
    throw unreadable(file, error as Error)
  }
  if (stream.errored !== null) throw unreadable(file, stream.errored)
  if (isEmpty) {
    throw new DataError({
      where: file,
      expected: 'must hold a sample, one JSON object on each line',
    })
  }
}

function unreadable(file: string, cause: Error): DataError {
  return new DataError({
    where: file,
    expected: 'the file must be readable',
    given: cause.message,
    cause,
  })
}

function parse(text: string, where: string): Readonly<Record<string, unknown>> {
  if (text.length > LONGEST_LINE) {
    throw new DataError({ where, expected: `a line must have at most ${LONGEST_LINE} characters` })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new DataError({
      where,
      expected: 'must be a JSON object',
      hint: `${(cause as Error).message}.`,
      cause,
    })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new DataError({ where, expected: 'must be a JSON object', given: value })
}

/** Where a sample stands, and what makes its inputs. */
export interface SamplePlace {
  readonly where: string
  /** Paths start there. */
  readonly folder: string
  readonly raw: RawFields
}

/**
 * The inputs of one sample.
 *
 * @throws DataError that names the field.
 */
export async function sampleFields(
  sample: Readonly<Record<string, unknown>>,
  inputs: readonly FileInput[],
  { where, folder, raw }: SamplePlace,
): Promise<NamedData> {
  const names = inputs.map(({ name }) => name)
  const stray = Object.keys(sample).find((name) => !names.includes(name))
  if (stray !== undefined) throw new DataError(unknownName(where, 'field', stray, names))
  const made: [string, NamedData[string]][] = []
  for (const input of inputs) {
    if (!Object.hasOwn(sample, input.name)) {
      throw new DataError({
        where,
        expected: `must have a field for each input of the model: ${names.join(', ')}`,
        hint: `${input.name} is missing: ${describeInput(input)}${orRaw(input, raw)}.`,
      })
    }
    const value = sample[input.name]
    const place = `${where}, ${input.name}`
    const known = await raw.make(input, value, { where: place, folder })
    made.push([input.name, known ?? tensorOf(value, input, { where: place, raw })])
  }
  return Object.fromEntries(made)
}

/** `image float32 [28, 28, 1]`, without the batch; `any` where the size varies. */
export function describeInput(input: FileInput): string {
  return `${input.name} ${numbersOf(input)}`
}

function numbersOf({ dtype, shape }: FileInput): string {
  const sizes = shape.slice(1).map((size) => (typeof size === 'number' ? String(size) : 'any'))
  return `${dtype} ${sizes.length === 0 ? '(one number)' : `[${sizes.join(', ')}]`}`
}

function orRaw(input: FileInput, raw: RawFields): string {
  const words = raw.describe(input)
  return words === undefined ? '' : `, or ${words}`
}

const KINDS = {
  float32: {
    make: (length: number) => new Float32Array(length),
    accepts: (value: unknown) => typeof value === 'number' && Math.abs(value) <= LARGEST_FLOAT,
    words: 'a number that float32 holds',
  },
  int32: {
    make: (length: number) => new Int32Array(length),
    accepts: (value: unknown) => Number.isInteger(value) && value === ((value as number) | 0),
    words: 'a whole number that int32 holds',
  },
  uint8: {
    make: (length: number) => new Uint8Array(length),
    accepts: (value: unknown) =>
      Number.isInteger(value) && (value as number) >= 0 && (value as number) < 256,
    words: 'a whole number from 0 to 255',
  },
  bool: {
    make: (length: number) => new Uint8Array(length),
    accepts: (value: unknown) => typeof value === 'boolean' || value === 0 || value === 1,
    words: 'true or false',
  },
} as const

const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127

function tensorOf(
  value: unknown,
  input: FileInput,
  { where, raw }: Pick<SamplePlace, 'where' | 'raw'>,
): NamedData[string] {
  const { dtype } = input
  if (!isKind(dtype)) {
    throw new DataError({
      where,
      expected: `inputs of the model must be of float32, int32, uint8 or bool for JSON lines`,
      given: dtype,
    })
  }
  const wanted = input.shape.slice(1)
  const given = shapeOf(value)
  const fixed = wanted.every((size) => typeof size === 'number') ? (wanted as number[]) : undefined
  const numbers = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value]
  const isFlat =
    given.length < 2 &&
    isRegular(value, given) &&
    fixed !== undefined &&
    numbers.length === fixed.reduce((all, size) => all * size, 1)
  const fits =
    given.length === wanted.length &&
    wanted.every((size, axis) => typeof size !== 'number' || size === given[axis]) &&
    isRegular(value, given)
  if (!fits && !isFlat) {
    throw new DataError({
      where,
      expected: `must be ${numbersOf(input)}, as lists in lists${orRaw(input, raw)}`,
      given: Array.isArray(value)
        ? `lists of [${given.join(', ')}] with ${numbers.length} values`
        : value,
    })
  }
  const { make, accepts, words } = KINDS[dtype]
  const data = make(numbers.length)
  for (const [at, each] of numbers.entries()) {
    if (!accepts(each)) {
      throw new DataError({
        where: `${where}, value ${at}`,
        expected: `must be ${words}`,
        given: each,
      })
    }
    data[at] = Number(each)
  }
  return { shape: [1, ...(fits ? given : fixed!)], dtype, data }
}

function isKind(dtype: string): dtype is keyof typeof KINDS {
  return Object.hasOwn(KINDS, dtype)
}

/** By the first list of each depth. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = []
  for (let inner = value; Array.isArray(inner); inner = inner[0]) shape.push(inner.length)
  return shape
}

/** Whether all lists of a depth are as long as the first, and hold lists or none. */
function isRegular(value: unknown, [size, ...inner]: readonly number[]): boolean {
  if (size === undefined) return !Array.isArray(value)
  return (
    Array.isArray(value) && value.length === size && value.every((each) => isRegular(each, inner))
  )
}
