import { strict as assert } from 'node:assert'
import { z } from 'zod'
import type { PluginKind } from '../../plugins/plugin.ts'
import { resolveReference } from '../../plugins/reference.ts'
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
