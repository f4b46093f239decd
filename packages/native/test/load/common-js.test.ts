import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import util from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadCommonJs } from '../../src/load/common-js.ts'
import { inFolder } from '../support/temporary.ts'

const test = suite('loadCommonJs')
const require = createRequire(import.meta.url)

async function load(files: Readonly<Record<string, string>>, substitutes = {}): Promise<unknown> {
  return inFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(folder, name, '..'), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    return loadCommonJs(join(folder, 'main'), substitutes, require)
  })
}

test('finds files, folders and JSON as CommonJS does', async () => {
  const found = await load({
    'main.js':
      'module.exports = [require("./a"), require("./a.js"), require("./b").c, require("./d.json")]',
    'a.js': 'exports.count = (exports.count ?? 0) + 1',
    'b/index.js':
      'exports.c = require("../a").count + __dirname.endsWith("b") + this.constructor.name',
    'd.json': '{ "e": 5 }',
  })
  assert.equal(found, [{ count: 1 }, { count: 1 }, '2Object', { e: 5 }])
})

test('goes round in circles', async () => {
  const files = {
    'main.js': 'exports.a = 1; exports.b = require("./b")',
    'b.js': 'exports.a = require("./main").a',
  }
  assert.equal(await load(files), { a: 1, b: { a: 1 } })
})

test('gives replacements to the package and to nobody else', async () => {
  const isNullOrUndefined = () => 'replaced'
  const text = 'module.exports = [require("util").isNullOrUndefined(0), require("path").sep]'
  const found = await load({ 'main.js': text }, { util: { ...util, isNullOrUndefined } })
  assert.is((found as string[])[0], 'replaced')
  assert.is.not((util as Record<string, unknown>).isNullOrUndefined, isNullOrUndefined)
})

test('names what it cannot find, and passes on what a module throws', async () => {
  const failing = async (text: string) => {
    try {
      await load({ 'main.js': text })
      return 'nothing'
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.match(await failing('require("./missing")'), /^Cannot find .*missing$/)
  assert.match(await failing('require("no-such-package")'), "Cannot find module 'no-such-package'")
  assert.is(await failing('throw new Error("own")'), 'own')
})

test.run()
