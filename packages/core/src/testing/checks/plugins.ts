import { strict as assert } from 'node:assert'
import type { PluginKind } from '@ashlar/plugins'
import { type JsonSchema, jsonSchema, resolveReference } from '@ashlar/plugins'
import { z } from 'zod'
import type { Check } from '../bench.ts'

/** What every plugin must keep, whatever its kind. */
export const pluginChecks: readonly Check<PluginKind>[] = [
  {
    name: 'says what it is and what each option means',
    run({ plugin }) {
      assert.match(plugin.description, /\.$/, 'the description must be a sentence')
      for (const [key, option] of Object.entries(plugin.options.shape)) {
        assert.ok((option as z.ZodType).description, `option ${key} must have a description`)
      }
    },
  },
  {
    name: 'has options that editors can be told of',
    run({ plugin }) {
      const schema = z.toJSONSchema(plugin.options, { io: 'input', unrepresentable: 'any' })
      assert.deepEqual(Object.keys(schema.properties ?? {}), Object.keys(plugin.options.shape))
    },
  },
  {
    name: 'declares each option that is a path or an address',
    run({ plugin }) {
      for (const { name, description, isDeclared } of textOptions(plugin.options)) {
        const sounds = wordsOf(`${name} ${description}`).some((word) => OUTWARD.has(word))
        const says = `option ${name} must be declared with path() or address(): it sounds like one`
        assert.ok(isDeclared || !sounds, says)
      }
    },
  },
  {
    name: 'refuses options that it does not know',
    run({ plugin, example }) {
      const { error } = plugin.options.safeParse({ ...example.options, nonsense: 1 })
      const codes = error?.issues.map(({ code }) => code) ?? []
      assert.ok(codes.includes('unrecognized_keys'), 'the schema must be strict')
    },
  },
  {
    name: 'gives its options back from JSON',
    run({ plugin, example, registry }) {
      const resolve = (options: object) =>
        resolveReference(registry, plugin.kind, { ...options, name: plugin.name }, plugin.name)
      const resolved = resolve(example.options ?? {})
      const stored = JSON.parse(JSON.stringify(resolved)) as object
      assert.deepEqual(resolve(stored), stored, 'resolved options must resolve to themselves')
    },
  },
]

/** What reaches beyond an experiment. */
const OUTWARD = new Set(
  'file folder path dir directory url uri mirror address host endpoint socket module script cache root download'.split(
    ' ',
  ),
)

/** Words in lower case and singular: `dataFiles` has `data` and `file`. */
function wordsOf(text: string): string[] {
  const words =
    text
      .replace(/([a-z\d])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/[a-z]+/g) ?? []
  return words.flatMap((word) => [word, word.replace(/e?s$/, ''), word.replace(/s$/, '')])
}

interface TextOption {
  readonly name: string
  readonly description: string
  /** Whether it says that it is a path or an address. */
  readonly isDeclared: boolean
}

/** Every option that takes text, however deep. */
function textOptions(options: z.ZodType): TextOption[] {
  const found: TextOption[] = []
  const walk = (at: JsonSchema, name: string, above: string): void => {
    const { description = above } = at
    // References are looked at where their own plugin is.
    if (at.plugin !== undefined) return
    if (at.type === 'string' && at.enum === undefined && at.const === undefined) {
      found.push({ name, description, isDeclared: at.access !== undefined })
    }
    const { anyOf = [], oneOf = [], allOf = [], prefixItems = [], items, properties = {} } = at
    for (const each of [...anyOf, ...oneOf, ...allOf, ...prefixItems]) walk(each, name, description)
    if (items !== undefined) walk(items, name, description)
    const { additionalProperties: others } = at
    if (typeof others === 'object') walk(others, name, description)
    for (const [key, each] of Object.entries(properties)) walk(each, key, '')
  }
  walk(jsonSchema(options), '', '')
  return found
}
