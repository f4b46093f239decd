import { DataError } from '@ashlar/errors'

/** What happens with names of one column that differ in spelling alone. */
export type Spellings = 'refuse' | 'merge' | 'keep'

/** Categories or classes of a column. */
export interface Categories {
  readonly names: readonly string[]
  /** The position in `names` of every spelling that is in the tables. */
  readonly index: ReadonlyMap<string, number>
}

/** A plain number: `1`, `-1.50`, `.5`, `1e3`. */
const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/
/** Of what stands in a name and is not seen. */
const UNSEEN = /[\u200b\u2060\ufeff]/g

/**
 * The names of a column: numbers by size, others by code point. Those that are one number (`1`, `1.0`, `01`), one of true and false, or
 * the same text but for spaces may be a mistake, such as two tools that write numbers each in its own way, and are refused
 * unless `spellings` says what they are: one name, the shortest spelling (`merge`), or different ones (`keep`).
 *
 * @param cells each spelling with the place where it stands first.
 * @throws DataError that names both spellings and their places.
 */
export function namesOf(cells: ReadonlyMap<string, string>, spellings: Spellings): Categories {
  const groups = new Map<string, string[]>()
  for (const cell of cells.keys()) {
    const key = spellings === 'keep' ? cell : meaningOf(cell)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [cell])
    else group.push(cell)
  }
  if (spellings === 'refuse') refuseSeveral(groups.values(), cells)
  const named = [...groups.values()].map((group) => [shortest(group), group] as const)
  const sorted = named.sort(orderOf(named.map(([name]) => name)))
  return {
    names: sorted.map(([name]) => name),
    index: new Map(sorted.flatMap(([, group], index) => group.map((cell) => [cell, index]))),
  }
}

function refuseSeveral(
  groups: Iterable<readonly string[]>,
  cells: ReadonlyMap<string, string>,
): void {
  for (const [first, second] of groups) {
    if (first === undefined || second === undefined) continue
    throw new DataError({
      where: cells.get(second)!,
      expected: `a name must be spelled in one way, and this one is ${JSON.stringify(first)} in ${cells.get(first)}`,
      given: second,
      hint: 'Spell them alike, or say what they are: `spellings: merge` makes one of them, `spellings: keep` two.',
    })
  }
}

/** The same for texts that a person or a tool may have meant as the same. */
function meaningOf(cell: string): string {
  const text = cell.replace(UNSEEN, '').trim().replace(/\s+/g, ' ')
  if (/^(true|false)$/i.test(text)) return text.toLowerCase()
  return numberOf(text) ?? text
}

/** A number without what can be left out, exactly, whatever its length: `15e-1` for `1.50`; undefined for what is none. */
function numberOf(text: string): string | undefined {
  if (/^0[xob]/i.test(text) && !Number.isNaN(Number(text))) {
    return numberOf(BigInt(text).toString())
  }
  const match = NUMBER.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', part = '', exponent = '0'] = match
  if (whole === '' && part === '') return undefined
  const digits = `${whole}${part}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const power = BigInt(exponent) - BigInt(part.length) + BigInt(digits.length - significant.length)
  return `${sign === '-' ? '-' : ''}${significant}e${power}`
}

function shortest(spellings: readonly string[]): string {
  return spellings.reduce((best, each) =>
    each.length < best.length || (each.length === best.length && each < best) ? each : best,
  )
}

function orderOf(
  names: readonly string[],
): (a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]) => number {
  const byText = (a: string, b: string) => (a < b ? -1 : Number(a > b))
  const areNumbers = names.every((name) => name !== '' && !Number.isNaN(Number(name)))
  // Numbers that are one and the same to JavaScript, such as long ones, still need an order of their own.
  return areNumbers
    ? ([a], [b]) => Number(a) - Number(b) || byText(a, b)
    : ([a], [b]) => byText(a, b)
}
