import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { datasetPlugins } from '../src/index.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code!)

const test = suite('README')

test('shows an example that runs and prints what it says', async () => {
  const [example = ''] = blocks('ts')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...process.execArgv, '--input-type=module', '-e', example],
    { cwd: fileURLToPath(new URL('..', import.meta.url)) },
  )
  for (const { name } of datasetPlugins) assert.match(stdout, new RegExp(`^${name}: `, 'm'))
  const printed = [...example.matchAll(/\/\/ ([^,\s]+(?:,\d+)*(?: \d+)*)/g)].map(
    ([, text]) => text!,
  )
  assert.is(printed.length, 4)
  for (const text of printed)
    assert.ok(stdout.includes(text.replace('...', '')), `${text} in ${stdout}`)
})

for (const { dataset } of blocks('yaml').map((text) => parse(text))) {
  test(`shows options that ${dataset.name} takes`, () => {
    const { name, ...options } = dataset
    const plugin = datasetPlugins.find((one) => one.name === name)!
    assert.is(plugin.options.safeParse(options).error, undefined)
  })
}

test('lists every dataset', () => {
  for (const { name } of datasetPlugins) assert.ok(readme.includes(`\`${name}\``), name)
})

test.run()
