import { join } from 'node:path'
import { Model } from '@ashlar/core'
import { inScratch, refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
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

test('what may have been meant is a module as well', () =>
  inScratch(
    { 'wide.yaml': '', 'wide.csv': '', 'own.js': '', 'own.mts': '', 'own.json': '' },
    async (folder) => {
      const message = async (name: string) =>
        (await refusal(() => importModule(join(folder, name)))).split('\n')[1]
      assert.is(await message('wide.ts'), undefined)
      assert.is(await message('own.ts'), '  Did you mean "own.mts"?')
      assert.is(await message('onw.js'), '  Did you mean "own.js"?')
    },
  ))

test('what Ashlar is made of is found by modules that do not have it installed', () =>
  inScratch(
    {
      'plugin.mjs':
        "import * as tf from '@tensorflow/tfjs'\nimport { Model } from '@ashlar/core'\nimport { z } from 'zod'\nexport { Model, tf, z }\n",
      'typed.ts':
        "import { Tensor } from '@tensorflow/tfjs'\nexport const given: typeof Tensor = Tensor\n",
      'other.mjs': "import 'a-package-that-nobody-has'\n",
      'unknown.mjs': "import '@ashlar/nothing-of-that-name'\n",
    },
    async (folder) => {
      const load = (name: string) => importModule(join(folder, name))
      const found = await load('plugin.mjs')
      assert.is(found.Model, Model)
      assert.is((found.tf as typeof tf).engine(), tf.engine())
      assert.type((found.z as { object: unknown }).object, 'function')
      assert.is((await load('typed.ts')).given, tf.Tensor)
      for (const name of ['other', 'unknown']) {
        const message = await refusal(() => load(`${name}.mjs`))
        assert.match(message, new RegExp(`Cannot find package .* imported from .*${name}\\.mjs`))
      }
    },
  ))

test.run()
