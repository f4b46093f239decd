import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { repairTfjs } from '@ashlar/graph'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kernelRows } from '../../src/kernels/rows.ts'
import { kernelsMarkdown } from '../../src/kernels/table.ts'

const test = suite('the table of kernels')

const rows = kernelRows()
const find = (name: string) => rows.find(({ kernel }) => kernel === name)!

test('is up to date in the docs', async () => {
  const main = fileURLToPath(new URL('../../src/kernels/main.ts', import.meta.url))
  await promisify(execFile)(process.execPath, [...process.execArgv, main, '--check'])
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
  const text = kernelsMarkdown(rows, repairTfjs())
  assert.ok(text.indexOf('| RandomUniform |') > text.indexOf("## Ashlar's own"))
  assert.ok(text.indexOf('| Relu |') < text.indexOf("## Ashlar's own"))
})

test('says where NaN and integers need a word, and what is put right in tfjs', () => {
  const text = kernelsMarkdown(rows, repairTfjs())
  assert.match(text, /\| ArgMax \|.*\| NaN is passed over;/)
  assert.match(text, /\| MaxPool \|.*ONNX leaves NaN open/)
  assert.match(text, /\| Sum \|.*special and extreme numbers.*modulo 2\^32/)
  assert.match(text, /\| gradient \| MirrorPad \|/)
  assert.match(text, /\| kernel \| AvgPoolGrad \|/)
})

test.run()
