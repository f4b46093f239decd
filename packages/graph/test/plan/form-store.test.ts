import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formMachine, openFormStore } from '../../src/plan/form-store.ts'

const test = suite<{ folder: string }>('form store', { folder: '' })

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'ashlar-forms-'))
})

test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

const machine = { ...formMachine(2, 16), cpu: 'Abacus' }

test('times are there for the next process', ({ folder }) => {
  openFormStore(machine, folder).add(new Map([['a call', { blocked: 1, rows: 2 }]]))
  assert.equal(openFormStore(machine, folder).get('a call'), { blocked: 1, rows: 2 })
  assert.is(openFormStore(machine, folder).get('another'), undefined)
})

test('times of another machine, other threads or another onnxruntime do not count', ({
  folder,
}) => {
  openFormStore(machine, folder).add(new Map([['a call', { rows: 1 }]]))
  for (const other of [
    { cpu: 'Difference engine' },
    { threads: 1 },
    { onnxruntime: '0.1' },
    { block: 8 },
  ]) {
    assert.is(openFormStore({ ...machine, ...other }, folder).get('a call'), undefined)
  }
})

test('processes that measure at the same time keep each other’s times', ({ folder }) => {
  const [first, second] = [openFormStore(machine, folder), openFormStore(machine, folder)]
  first.add(new Map([['one', { rows: 1 }]]))
  second.add(new Map([['two', { rows: 2 }]]))
  const { calls } = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8'))
  assert.equal(calls, { one: { rows: 1 }, two: { rows: 2 } })
  assert.equal(readdirSync(folder).length, 1)
})

test('a damaged file is measured anew', ({ folder }) => {
  openFormStore(machine, folder).add(new Map([['one', { rows: 1 }]]))
  const path = join(folder, readdirSync(folder)[0]!)
  for (const text of [
    '{"calls": {"one"',
    '[]',
    '{"calls":{"one":{"rows":"fast"}}}',
    '{"calls":{"one":7}}',
  ]) {
    writeFileSync(path, text)
    assert.is(openFormStore(machine, folder).get('one'), undefined, text)
  }
})

test('a folder that cannot be made is no error', ({ folder }) => {
  writeFileSync(join(folder, 'file'), '')
  const store = openFormStore(machine, join(folder, 'file', 'forms'))
  store.add(new Map([['one', { rows: 1 }]]))
  assert.equal(store.get('one'), { rows: 1 })
})

test.run()
