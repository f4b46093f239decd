import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { javascriptOf } from '../../typescript/javascript.js'
import { withFolder } from '../support/temp-folder.js'

const TYPED =
  "import type { A } from './a.ts'\nexport const size = (of: A[]): number => of.length\n"

const test = suite('javascriptOf')

test('leaves every line and column where it was', () =>
  withFolder({}, (folder) => {
    const code = javascriptOf(TYPED, 'size.ts', folder)
    assert.is(code.length, TYPED.length)
    assert.is(code.indexOf('of.length'), TYPED.indexOf('of.length'))
    assert.is(code.split('\n')[0]?.trim(), '')
    assert.not.match(code, 'number')
  }))

test('keeps what it made, by what the text is', () =>
  withFolder({}, (folder) => {
    const made = javascriptOf(TYPED, 'size.ts', folder)
    const [file = '', ...others] = readdirSync(folder)
    assert.equal(others, [])
    assert.is(readFileSync(join(folder, file), 'utf8'), made)
    writeFileSync(join(folder, file), 'kept')
    assert.is(javascriptOf(TYPED, 'other.ts', folder), 'kept')
    assert.not.match(javascriptOf(`${TYPED}\n`, 'size.ts', folder), 'kept')
    assert.is(readdirSync(folder).length, 2)
  }))

test('needs no folder that can be written', () =>
  withFolder({ 'a-file': '' }, (folder) => {
    assert.match(javascriptOf(TYPED, 'size.ts', join(folder, 'a-file')), 'of.length')
    assert.equal(readdirSync(folder), ['a-file'])
  }))

test('refuses what is no TypeScript or more than types, and names the module', () =>
  withFolder({}, (folder) => {
    for (const text of [
      'const = 1',
      'export enum Size { Small }',
      'class A { constructor(public a: number) {} }',
    ])
      assert.throws(() => javascriptOf(text, 'some/module.ts', folder), /^some\/module\.ts: .+/)
    assert.equal(readdirSync(folder), [])
  }))

test.run()
