/** Numbers that JSON has no form for, as it holds them: in an object of this one key. */
const KEY = '$number'

const forms: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

/** Plain data as JSON that gives every number back as it was, those that JSON does not know among them. */
export function stringifyExactly(data: unknown): string {
  return JSON.stringify(
    data,
    (_, value: unknown) => {
      if (typeof value !== 'number') return value
      const form = Object.is(value, -0) ? '-0' : String(value)
      return forms.has(form) ? { [KEY]: form } : value
    },
    1,
  )
}

/** What {@link stringifyExactly} wrote. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    const [entry, ...others] = Object.entries(value)
    const number =
      entry?.[0] === KEY && others.length === 0 ? forms.get(String(entry[1])) : undefined
    return number ?? value
  })
}
