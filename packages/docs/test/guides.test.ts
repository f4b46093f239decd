import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readGuide } from '../src/guide.ts'
import { runGuide } from '../src/run-guide.ts'

const test = suite('guides')
const FOLDER = fileURLToPath(new URL('../../../docs/guides/', import.meta.url))
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.md'))

test('there are guides', () => assert.ok(names.length >= 4, names.join(' ')))

for (const name of names) {
  test(`${name} does what it says`, async () => {
    const text = readFileSync(`${FOLDER}${name}`, 'utf8')
    const outputs = await runGuide(name, text)
    const steps = readGuide(text).filter(({ kind }) => kind !== 'file')
    assert.ok(steps.length > 0, 'nothing in it is run')
    assert.ok(outputs.length >= steps.length)
  })
}

test.run()
