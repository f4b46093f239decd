import { inWords, type JsonSchema } from '@ashlar/plugins'
import { code, markdownTable, plain } from '../page.ts'

/** Where the page of a kind of plugins lies, from the page that links to it. */
export type KindLink = (kind: string) => string

/** Options as a table: name, what it must be, default, description. Those of a mapping follow it, joined by dots. */
export function optionsTable(schema: JsonSchema, link: KindLink): string {
  const rows = rowsOf(schema, '', link)
  if (rows.length === 0) return 'It has no options.'
  return markdownTable(['option', 'must be', 'default', ''], rows)
}

function rowsOf(
  { properties = {}, required = [] }: JsonSchema,
  prefix: string,
  link: KindLink,
): string[][] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${prefix}${key}`
    const description = schema.description ?? ''
    const inside = schema.properties === undefined ? [] : rowsOf(schema, `${name}.`, link)
    return [
      [
        code(name),
        typeInWords(schema, link),
        fallback(schema, required.includes(key)),
        prose(description),
      ],
      ...inside,
    ]
  })
}

/** What a value must be, in words; a plugin links to the page of its kind. */
export function typeInWords(schema: JsonSchema, link: KindLink): string {
  const kind = kindOf(schema)
  if (kind === undefined) {
    const { items, anyOf } = schema
    const values = valuesOf(schema)
    if (items !== undefined && namesPlugin(items)) return `a list of: ${typeInWords(items, link)}`
    if (values !== undefined && namesPlugin(values)) {
      return `a mapping of names, each to ${typeInWords(values, link)}`
    }
    if (anyOf?.some(namesPlugin)) return anyOf.map((each) => typeInWords(each, link)).join(' or ')
    return plain(inWords(schema))
  }
  const others = (schema.anyOf ?? []).filter(
    (each) => each.$ref === undefined && each.type !== 'string' && each.type !== 'object',
  )
  const plugin = `a [${kind}](${link(kind)}) (name, or name and options)`
  return [...others.map((each) => plain(inWords(each))), plugin].join(' or ')
}

/** What each name of a mapping stands for. */
function valuesOf({ additionalProperties }: JsonSchema): JsonSchema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

/** Whether a value names a plugin, or holds some that do. */
function namesPlugin(schema: JsonSchema): boolean {
  const { items, anyOf = [] } = schema
  const values = valuesOf(schema)
  return (
    kindOf(schema) !== undefined ||
    (items !== undefined && namesPlugin(items)) ||
    (values !== undefined && namesPlugin(values)) ||
    anyOf.some(namesPlugin)
  )
}

/** The kind of plugin that a value names, in the schema of a plugin or in that of experiments. */
function kindOf({ plugin, anyOf = [], $ref }: JsonSchema): string | undefined {
  const reference = plugin ?? refOf($ref)
  if (reference !== undefined) return reference
  return anyOf.map((each) => refOf(each.$ref)).find((kind) => kind !== undefined)
}

function refOf(reference: string | undefined): string | undefined {
  return reference?.match(/^#\/\$defs\/(.+)$/)?.[1]
}

function fallback(schema: JsonSchema, isRequired: boolean): string {
  if (schema.default !== undefined) return code(JSON.stringify(schema.default))
  return isRequired ? '**required**' : ''
}

/** Descriptions are prose with code in backticks: what is in them stays, the rest is shown as it stands. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : plain(part)))
    .join('')
}
