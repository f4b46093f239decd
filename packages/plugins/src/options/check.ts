import { ConfigError, describe, type Problem, unknownName } from '@ashlar/errors'
import type { z } from 'zod'
import { inWords, type JsonSchema, jsonSchema, keysOf, schemasAt } from './json-schema.ts'

/**
 * Checks a value by a schema and fills its defaults.
 *
 * @param where the value's name in errors; keys are put behind it: `experiment.model.numClasses`.
 * @throws ConfigError that says where, what must be there and what is. Further problems follow, one line each.
 * @example check(z.strictObject({ epochs: z.int().positive() }), { epochs: 'ten' }, 'experiment')
 * // experiment.epochs: must be a positive integer, got "ten"
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: string,
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [first, ...others] = result.error.issues.flatMap((issue) =>
    problemsOf(issue, schema, value, where),
  )
  const hints = [first!.hint, ...others.map(inOneLine)].filter((each) => each !== undefined)
  throw new ConfigError({ ...first!, hint: hints.length === 0 ? undefined : hints.join('\n  ') })
}

/** How the messages begin that schemas give of their own. */
const AUTHOR = 'must be '

/** The name of a key below `where`: `experiment.metrics[0].k`. */
export function placeOf(where: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (place, key) => (typeof key === 'number' ? `${place}[${key}]` : `${place}.${String(key)}`),
    where,
  )
}

function problemsOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  value: unknown,
  where: string,
): Problem[] {
  const place = placeOf(where, issue.path)
  const schemas = schemasAt(jsonSchema(schema), issue.path)
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(schemas)
    return issue.keys.map((key) => unknownName(place, 'key', key, known))
  }
  const wanted = [...new Set(schemas.map(inWords))].join(' or ')
  const given = valueAt(value, issue.path)
  if (issue.code === 'custom' || issue.code === 'invalid_key' || wanted === '') {
    return [{ where: place, expected: issue.message, given }]
  }
  if (given === undefined) return [{ where: place, expected: `must be given: ${wanted}` }]
  // What each of its numbers is, nobody knows by their count.
  const list = schemas.find(({ prefixItems }) => prefixItems !== undefined)
  const hint = list?.description
  const problem = { where: place, expected: `must be ${detailed(issue, wanted)}`, given, hint }
  const isUnquoted = typeof given === 'number' || typeof given === 'boolean'
  if (!isUnquoted || !meansText(schemas)) return [problem]
  return [{ ...problem, hint: `A text that looks like something else needs quotes: "${given}".` }]
}

/** Whether a number or a yes was meant as text: nothing else that does is one of them. */
function meansText(schemas: readonly JsonSchema[]): boolean {
  const types = schemas.flatMap(({ anyOf, type }) => anyOf?.map((each) => each.type) ?? type)
  return types.includes('string') && types.every((type) => type === 'string' || type === 'array')
}

/** What the schema's author says of a value beats its pattern or its list of choices; zod's own messages begin otherwise. */
function detailed(issue: z.core.$ZodIssue, wanted: string): string {
  return issue.message.startsWith(AUTHOR) ? issue.message.slice(AUTHOR.length) : wanted
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inside, key) =>
      typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key)
        ? inside[key as keyof typeof inside]
        : undefined,
    value,
  )
}

function inOneLine({ where, expected, given, hint }: Problem): string {
  const got = given === undefined ? '' : `, got ${describe(given)}`
  return `${where}: ${expected}${got}${hint === undefined ? '' : ` (${hint})`}`
}
