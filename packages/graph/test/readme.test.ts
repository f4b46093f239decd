import { readFile } from 'node:fs/promises'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { runFile } from './support/run-file.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!)

const { test, slow } = tieredSuite('README')

// A process each.
const some = oneIn(3, { test, slow })
for (const [index, example] of examples.entries()) {
  some(`example ${index + 1} prints what it says`, async () => {
    const stdout = await runFile(example)
    const said = [...example.matchAll(/\/\/ ([\d.]+(?:, [\d.]+)*|\d+ true)$/gm)]
    const printed = said.flatMap(([, text]) => text!.split(', '))
    for (const text of printed) assert.match(stdout, text)
  })
}

test('has examples', () => assert.is(examples.length, 3))

test.run()
