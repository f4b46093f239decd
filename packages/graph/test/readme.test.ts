import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!)

const test = suite('README')

for (const [index, example] of examples.entries()) {
  test(`example ${index + 1} prints what it says`, async () => {
    const stdout = await run(example, index)
    const said = [...example.matchAll(/\/\/ ([\d.]+(?:, [\d.]+)*|\d+ true)$/gm)]
    const printed = said.flatMap(([, text]) => text!.split(', '))
    for (const text of printed) assert.match(stdout, text)
  })
}

/** Runs an example as a file of the package, which is where its imports are found. */
async function run(example: string, index: number): Promise<string> {
  const folder = fileURLToPath(new URL(`../.cache/readme-${process.pid}-${index}`, import.meta.url))
  const file = `${folder}/example.ts`
  await mkdir(folder, { recursive: true })
  try {
    await writeFile(file, example)
    const flags = ['--import', 'tsx', '--conditions=@ashlar/source']
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, file])
    return stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('has examples', () => assert.is(examples.length, 3))

test.run()
