import type { JsonSchema } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from '../../src/site/page.ts'
import { askedPlugins, askedSchema } from '../../src/site/reference/asked.ts'
import { commandPages } from '../../src/site/reference/commands.ts'
import { experimentPage } from '../../src/site/reference/experiment.ts'
import { pluginPages } from '../../src/site/reference/plugins.ts'

const test = suite('reference of the site')

/** The part of a page that stands under a heading. */
function part({ text }: Page, heading: string): string {
  const [, found = ''] = text.split(`\n## ${heading}\n`)
  return found.split('\n## ')[0] ?? ''
}

/** Names and options of plugins as editors are told them: another way out of the same schemas than the pages take. */
function* definitions(schema: JsonSchema) {
  const { $defs = {} } = schema as { $defs?: Record<string, JsonSchema> }
  for (const [kind, { anyOf = [] }] of Object.entries($defs)) {
    for (const { properties = {} } of anyOf) {
      const { name, ...options } = properties
      const names = name?.const === undefined ? (name?.enum ?? []) : [name.const]
      if (names.length > 0) yield { kind, names: names.map(String), options }
    }
  }
}

test('every plugin, under each of its names, with every option and its default', async () => {
  const pages = pluginPages(await askedPlugins())
  let options = 0
  for (const { kind, names, options: all } of definitions(await askedSchema())) {
    const page = pages.find(({ path }) => path === `reference/plugins/${kind}.md`)
    assert.ok(page, kind)
    const text = part(page, names[0]!)
    assert.ok(text, `${kind} ${names[0]}`)
    for (const alias of names.slice(1)) assert.ok(text.includes(`\`${alias}\``), alias)
    for (const [key, { description = '', default: fallback }] of Object.entries(all)) {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${key}\` |`))
      assert.ok(row, `${kind} ${names[0]} ${key}`)
      // Backslashes alone keep Markdown from reading anything into a description.
      assert.ok(row.replaceAll('\\', '').includes(description.replaceAll('\\', '')), key)
      if (fallback !== undefined) {
        assert.ok(row.replaceAll('\\|', '|').includes(JSON.stringify(fallback)), key)
      }
      options++
    }
  }
  assert.ok(options > 150, String(options))
})

test('every key of an experiment, with what it must be and its default', async () => {
  const schema = await askedSchema()
  const page = experimentPage(schema)
  const keys = Object.entries(schema.properties ?? {}).filter(([key]) => key !== '$schema')
  assert.ok(keys.length > 20)
  for (const [key, { default: fallback }] of keys) {
    const text = part(page, key)
    assert.match(text, /Must be .*\./, key)
    if (fallback !== undefined)
      assert.ok(text.includes(`Default: \`${JSON.stringify(fallback)}\``), key)
  }
  assert.match(part(page, 'optimizer'), /\[optimizer\]\(\.\/plugins\/optimizer\)/)
  assert.match(
    part(page, 'metrics'),
    /a list of: a \[metric\]\S* \(name, or name and options\) or a mapping of names, each to a list of: a \[metric\]/,
  )
  assert.match(part(page, 'loss'), /a \[loss\].* or a mapping of names, each to a \[loss\]/)
  assert.match(part(page, 'fold'), /\| `stratify` \| true or false \| `true` \|/)
})

test('every command, with its arguments, options and examples', () => {
  const pages = commandPages()
  const run = pages.find(({ path }) => path === 'reference/commands/run.md')!
  assert.match(run.text, /npx ashlar run \[options\] \[experiment\]/)
  assert.match(run.text, /\| `--resume <run>` \|/)
  assert.match(run.text, /Examples:\n {2}\$ npx ashlar run/)
  const made = pages.find(({ path }) => path === 'reference/commands/new.md')!
  assert.match(made.text, /\n## new experiment\n[\s\S]*\n## new plugin\n/)
  assert.match(made.text, /\| `--kind <kind>` \|/)
  const index = pages[0]!
  for (const { path } of pages.slice(1)) {
    const [, name] = /commands\/([\w-]+)\.md$/.exec(path)!
    assert.match(index.text, new RegExp(`\\[${name}\\]\\(\\./${name}\\)`))
  }
  assert.ok(pages.length > 20)
})

test.run()
