import { ConfigError } from '@ashlar/errors'

/** Numbers in lists, as deep as the data has dimensions: `[[0, 1], [2, 3]]`. */
export type NestedNumbers = readonly (number | NestedNumbers)[]

/** Nested lists as one array of numbers and its shape. */
export interface Flattened {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/**
 * Flattens nested lists.
 *
 * @param where the option to name in the error.
 * @throws ConfigError when lists of one depth differ in length, or something is no finite number.
 */
export function flatten(nested: NestedNumbers, where: string): Flattened {
  const shape: number[] = []
  for (let level: unknown = nested; Array.isArray(level); level = level[0]) shape.push(level.length)
  const values: number[] = []
  collect(nested, [], shape, values, where)
  return { shape, values }
}

function collect(
  part: unknown,
  path: readonly number[],
  shape: readonly number[],
  values: number[],
  where: string,
): void {
  const place = path.length === 0 ? where : `${where}[${path.join('][')}]`
  const length = shape[path.length]
  if (length === undefined) {
    if (typeof part !== 'number' || !Number.isFinite(part)) {
      throw new ConfigError({ where: place, expected: 'must be a finite number', given: part })
    }
    values.push(part)
    return
  }
  if (!Array.isArray(part) || part.length !== length) {
    throw new ConfigError({
      where: place,
      expected: `must be a list of ${length}, as the first of its kind is`,
      given: part,
    })
  }
  for (const [index, item] of part.entries()) collect(item, [...path, index], shape, values, where)
}
