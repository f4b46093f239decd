import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EXCLUSIONS } from '../src/exclusions.ts'

const test = suite('exclusions')

/** The source of tfjs-core's tests, all files in one. */
function suiteText(): string {
  const root = dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-core/package.json')))
  return readdirSync(join(root, 'dist'), { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('_test.js'))
    .map((path) => readFileSync(join(root, 'dist', path), 'utf8'))
    .join('\n')
}

test('have a reason that says something', () => {
  for (const { specs, reason } of EXCLUSIONS) assert.ok(reason.length > 60, specs.join())
})

test('name each spec once', () => {
  const names = EXCLUSIONS.flatMap(({ specs, part }) => specs.map((name) => `${name} ${part}`))
  assert.is(new Set(names).size, names.length)
})

test('name specs that tfjs-core has', () => {
  const text = suiteText()
  for (const name of EXCLUSIONS.flatMap(({ specs }) => specs)) {
    // Full names join those of suites and spec; the spec's own is their end.
    const words = name.split(' ')
    const isKnown = words.some((_, index) => text.includes(`it('${words.slice(index).join(' ')}'`))
    assert.ok(isKnown, name)
  }
})

test.run()
