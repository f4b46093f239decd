import { z } from 'zod'

/** The part of JSON Schema that options are written in. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minItems?: number
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly not?: JsonSchema
  readonly prefixItems?: readonly JsonSchema[]
  /** What the value makes a program do; left by `path` and `address`. */
  readonly access?: string
  /** Where a relative path starts; left by `path`. */
  readonly base?: string
  /** Kind of the plugin that the value names; left by `referenceTo`. */
  readonly plugin?: string
}

const known = new WeakMap<z.ZodType, JsonSchema>()

/** A zod schema as JSON Schema: what it takes in, defaults not filled yet. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  let found = known.get(schema)
  if (found === undefined) {
    found = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
    known.set(schema, found)
  }
  return found
}

/** The schemas of what lies at a path; several where alternatives exist, none where nothing may be. */
export function schemasAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema[] {
  const [key, ...rest] = path
  if (key === undefined) return [schema]
  const { properties = {}, items, prefixItems = [], additionalProperties, anyOf = [] } = schema
  const inside = anyOf.flatMap((each) => schemasAt(each, path))
  if (typeof key === 'number') {
    const item = prefixItems[key] ?? items
    return [...inside, ...(item ? schemasAt(item, rest) : [])]
  }
  const property = Object.hasOwn(properties, key) ? properties[String(key)] : undefined
  const next =
    property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
  return [...inside, ...(next ? schemasAt(next, rest) : [])]
}

/** All keys that a schema or one of its alternatives names. */
export function keysOf(schemas: readonly JsonSchema[]): string[] {
  return schemas.flatMap(({ properties = {}, anyOf = [] }) => [
    ...Object.keys(properties),
    ...keysOf(anyOf),
  ])
}

/**
 * What a schema asks for, in words that fit behind "must be": `a positive integer`, `one of "a", "b"`.
 */
export function inWords(schema: JsonSchema): string {
  const { type, anyOf } = schema
  if (anyOf !== undefined) return [...new Set(anyOf.map(inWords))].join(' or ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) {
    return `one of ${schema.enum.map((each) => JSON.stringify(each)).join(', ')}`
  }
  if (type === 'integer') return numberInWords('integer', schema)
  if (type === 'number') return numberInWords('number', schema)
  if (type === 'boolean') return 'true or false'
  if (schema.prefixItems !== undefined) {
    const parts = schema.prefixItems.map(inWords)
    const each = new Set(parts).size === 1 ? `each ${parts[0]}` : parts.join(', then ')
    return `a list of ${parts.length}: ${each}`
  }
  if (type === 'array') return listInWords(schema)
  if (type === 'object') {
    const required = schema.required ?? []
    return required.length > 0 ? `a mapping with ${required.join(', ')}` : 'a mapping'
  }
  if (type === 'string') {
    if (schema.format === 'uri') return 'an address (URL)'
    return (schema.minLength ?? 0) > 0 ? 'a string that is not empty' : 'a string'
  }
  return 'a value'
}

function listInWords({ minItems = 0 }: JsonSchema): string {
  if (minItems > 1) return `a list of at least ${minItems}`
  return minItems === 1 ? 'a list that is not empty' : 'a list'
}

function numberInWords(noun: 'integer' | 'number', schema: JsonSchema): string {
  const article = noun === 'integer' ? 'an' : 'a'
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema
  const positive = exclusiveMinimum === 0
  const start = positive ? `a positive ${noun}` : `${article} ${noun}`
  const bounds = [
    isBound(minimum) && `>= ${minimum}`,
    !positive && isBound(exclusiveMinimum) && `> ${exclusiveMinimum}`,
    isBound(maximum) && `<= ${maximum}`,
    isBound(exclusiveMaximum) && `< ${exclusiveMaximum}`,
  ].filter((each) => each !== false)
  return [start, bounds.join(' and ')].filter(Boolean).join(' ')
}

/** zod bounds every integer by what a double can hold; nobody needs to read that. */
function isBound(value: number | undefined): value is number {
  return value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER
}
