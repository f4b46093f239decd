import { ConfigError } from '@ashlar/errors'
import type { InputSpec, InputSpecs } from '@ashlar/export'

const DTYPES = ['float32', 'int32', 'bool'] as const

/** What is known of a size: a multiple, then the smallest and the largest. */
const SIZE = /^(\?|[A-Za-z_]\w*)(?:\*?(\d+)(?!\d*\.\.)|\*(\d+))?(?:@?(\d*)\.\.(\d*))?$/

type Size = InputSpec['shape'][number]

/**
 * Reads shapes of inputs as they are given on the command line: `image=1,?,?,3` or `ids=?,time:int32`. A size is a number, `?` for one that varies, or a name, which
 * several axes share. `?32` is a multiple of 32, `?16..512` lies in between, `time*8@16..512` is both.
 *
 * @throws ConfigError for what cannot be read.
 */
export function readInputShapes(texts: readonly string[]): InputSpecs {
  return Object.fromEntries(texts.map(readInput))
}

function readInput(text: string): [string, InputSpec] {
  const [, name, sizes, dtype = 'float32'] = text.match(/^([^=]+)=([^:]*)(?::(\w+))?$/) ?? []
  const known = DTYPES.find((each) => each === dtype)
  const shape = (sizes ?? '')
    .split(',')
    .filter((size) => size !== '')
    .map(readSize)
  if (name === undefined || known === undefined || shape.includes(undefined)) {
    throw new ConfigError({
      where: '--input',
      expected:
        'must be a name and its sizes, such as image=1,?,?,3 or size=2:int32; a size that varies is ?, a name, or one with what is known of it, such as ?32 or ?16..512',
      given: text,
    })
  }
  return [name, { shape: shape as Size[], dtype: known }]
}

function readSize(text: string): Size | undefined {
  if (/^\d+$/.test(text)) return Number(text) > 0 ? Number(text) : undefined
  const match = text.match(SIZE)
  if (match === null) return undefined
  const [, name, plain, starred, min, max] = match
  const number = (digits: string | undefined) =>
    digits === undefined || digits === '' ? undefined : Number(digits)
  const multipleOf = number(plain ?? starred)
  const spec = {
    ...(name !== '?' && { name }),
    ...(multipleOf !== undefined && { multipleOf }),
    ...(number(min) !== undefined && { min: number(min) }),
    ...(number(max) !== undefined && { max: number(max) }),
  }
  return Object.keys(spec).length === 0 ? null : spec
}
