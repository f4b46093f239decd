import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kernelRows } from '../../src/kernels/rows.ts'
import { kernelsMarkdown } from '../../src/kernels/table.ts'

const test = suite('the table of kernels')

const rows = kernelRows()
const find = (name: string) => rows.find(({ kernel }) => kernel === name)!

test('is up to date in the docs', async () => {
  const main = fileURLToPath(new URL('../../src/kernels/main.ts', import.meta.url))
  const flags = ['--import', 'tsx', '--conditions=@ashlar/source']
  await promisify(execFile)(process.execPath, [...flags, main, '--check'])
})

test('tells one op from several', () => {
  assert.equal([find('Tanh').kind, find('Tanh').meaning], ['lowers', 'Tanh'])
  assert.equal([find('Conv2D').kind, find('Conv2D').meaning], ['lowers', 'Conv'])
  assert.is(find('CropAndResize').kind, 'composed')
})

test('gives the reason of a refusal', () => {
  assert.is(find('StringSplit').kind, 'refused')
  assert.match(find('StringSplit').meaning, /text/)
})

test('says what checks each kernel', () => {
  for (const { kernel, checks } of rows) assert.ok(checks.length > 10, kernel)
  assert.match(find('Conv2D').checks, /calls held against tfjs, its gradient/)
  assert.match(find('LogicalXor').checks, /given numbers/)
})

test("keeps Ashlar's own kernels apart", () => {
  const text = kernelsMarkdown(rows)
  assert.ok(text.indexOf('| RandomUniform |') > text.indexOf("## Ashlar's own"))
  assert.ok(text.indexOf('| Relu |') < text.indexOf("## Ashlar's own"))
})

test.run()
