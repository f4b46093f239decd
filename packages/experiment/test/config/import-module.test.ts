import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importModule } from '../../src/config/import-module.ts'

const test = suite('import module')

const files = {
  'good.mjs': 'export const answer = 42\n',
  'typed.ts': 'export const answer: number = 42\n',
  'throws.mjs': 'throw new Error("no luck\\nmore")\n',
  'broken.mjs': 'export const = 3\n',
  'lost.mjs': 'import "./nowhere.mjs"\n',
}

test('imports JavaScript and TypeScript', () =>
  inScratch(files, async (folder) => {
    for (const name of ['good.mjs', 'typed.ts']) {
      assert.is((await importModule(join(folder, name))).answer, 42)
    }
  }))

test('says why a module does not load', () =>
  inScratch(files, async (folder) => {
    const message = (name: string) => refusal(() => importModule(join(folder, name)))
    assert.is(await message('none.mjs'), `${join(folder, 'none.mjs')}: the file must exist`)
    assert.is(
      await message('throws.mjs'),
      `${join(folder, 'throws.mjs')}: the module must load: no luck`,
    )
    assert.match(await message('broken.mjs'), /broken\.mjs: the module must load: /)
    assert.match(await message('lost.mjs'), /lost\.mjs: the module must load: Cannot find module/)
    assert.match(await refusal(() => importModule(folder)), /: the file must be readable: EISDIR/)
  }))

test.run()
