import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runFile } from './support/run-file.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!)

const test = suite('README')

for (const [index, example] of examples.entries()) {
  test(`example ${index + 1} prints what it says`, async () => {
    const stdout = await runFile(example)
    const said = [...example.matchAll(/\/\/ ([\d.]+(?:, [\d.]+)*|\d+ true)$/gm)]
    const printed = said.flatMap(([, text]) => text!.split(', '))
    for (const text of printed) assert.match(stdout, text)
  })
}

test('has examples', () => assert.is(examples.length, 3))

test.run()
