import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { FinishedProgram } from '../../src/run/finished-program.ts'
import { openProgramStore } from '../../src/run/program-store.ts'

const test = suite<{ folder: string }>('openProgramStore')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'programs-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

const program = (length = 100): FinishedProgram => ({
  model: Uint8Array.from({ length }, (_, index) => index % 251),
  optimization: 'disabled',
  inPlace: true,
  pace: { work: 3, meetings: 2 },
  inputs: [{ name: 'x', dtype: 'float32', shape: [2, 3] }],
  read: [{ name: 'a..b', shape: [5], view: { variables: ['a', 'b'], offset: 0, length: 5 } }],
  written: [
    { name: 'next.c', shape: [], view: { variables: ['c'], offset: 1, length: 1 }, side: 'next' },
  ],
  results: [{ name: 'y', inModel: 'y_2', dtype: 'int32', shape: [] }],
})

const same = (got: FinishedProgram | undefined, expected: FinishedProgram) => {
  assert.ok(got !== undefined)
  assert.equal([...got.model], [...expected.model])
  assert.equal({ ...got, model: 0 }, { ...expected, model: 0 })
}

test('gives what was added, to another process as well', ({ folder }) => {
  assert.is(openProgramStore(folder).get('one'), undefined)
  openProgramStore(folder).add('one', program())
  same(openProgramStore(folder).get('one'), program())
  assert.is(openProgramStore(folder).get('two'), undefined)
})

test('a file that is damaged, wherever, is as none', ({ folder }) => {
  const store = openProgramStore(folder)
  store.add('one', program())
  const path = join(folder, readdirSync(folder)[0]!)
  const whole = readFileSync(path)
  for (let place = 0; place < whole.length; place += 7) {
    const damaged = Uint8Array.from(whole)
    damaged[place]! ^= 1
    writeFileSync(path, damaged)
    assert.is(store.get('one'), undefined, `byte ${place}`)
    writeFileSync(path, whole.subarray(0, place))
    assert.is(store.get('one'), undefined, `cut off at ${place}`)
  }
  // It is made again.
  store.add('one', program())
  same(store.get('one'), program())
})

test('what was not used for longest makes room', ({ folder }) => {
  const bytes = 4000
  const store = openProgramStore(folder, 3 * (bytes + 1000))
  for (const [index, key] of ['one', 'two', 'three'].entries()) {
    store.add(key, program(bytes))
    utimesSync(join(folder, `${key}.program`), index + 1, index + 1)
  }
  same(store.get('one'), program(bytes))
  store.add('four', program(bytes))
  assert.equal(readdirSync(folder).sort(), ['four.program', 'one.program', 'three.program'])
})

test('what is too large for that is not kept', ({ folder }) => {
  const store = openProgramStore(folder, 1000)
  store.add('one', program(1001))
  assert.equal(readdirSync(folder), [])
})

test('what killed processes have left is removed, of others that still write nothing', ({
  folder,
}) => {
  for (const [name, age] of [
    ['old', 7200],
    ['new', 60],
  ] as const) {
    const part = join(folder, `${name}.part`)
    writeFileSync(part, '')
    const then = Date.now() / 1000 - age
    utimesSync(part, then, then)
  }
  openProgramStore(folder).add('one', program())
  assert.equal(readdirSync(folder).sort(), ['new.part', 'one.program'])
})

test('a folder that cannot be made is no error', ({ folder }) => {
  writeFileSync(join(folder, 'file'), '')
  const store = openProgramStore(join(folder, 'file', 'programs'))
  store.add('one', program())
  assert.is(store.get('one'), undefined)
})

test.run()
