import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isLarge, wrapperOf } from '../../typescript/commonjs.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('wrapperOf')

const ROOT = new URL('../../../', import.meta.url)

test('exports the names of a module, once found and kept', () =>
  withFolder(
    { 'some.cjs': "exports.one = 1\nexports.all = 4\nexports['no name'] = 2\nexports.default = 3" },
    (folder) => {
      const url = pathToFileURL(join(folder, 'some.cjs')).href
      const kept = join(folder, 'kept')
      const wrapper = wrapperOf(url, kept)
      assert.match(wrapper, /export \{ value0 as one \}[\s\S]*export \{ value1 as all \}$/)
      assert.is(readdirSync(kept).length, 1)
      assert.is(wrapperOf(url, kept), wrapper)
      assert.is(wrapperOf(url, join(folder, 'some.cjs')), wrapper)
    },
  ))

test('TensorFlow.js is the same with it, and one with what is required', () => {
  const { resolve } = createRequire(new URL('packages/core/package.json', ROOT))
  const url = pathToFileURL(resolve('@tensorflow/tfjs')).href
  assert.ok(isLarge(url))
  const program = `
    import { createRequire } from 'node:module'
    const tf = await import(${JSON.stringify(url)})
    const required = createRequire(${JSON.stringify(url)})(${JSON.stringify(resolve('@tensorflow/tfjs'))})
    const names = Object.keys(tf).sort().filter((name) => tf[name] === (name === 'default' ? required : required[name]))
    console.log(JSON.stringify(names))`
  const namesWith = (/** @type {string[]} */ ...flags) =>
    execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', program], {
      encoding: 'utf8',
    })
  const register = new URL('scripts/typescript/register.js', ROOT).href
  const names = namesWith('--import', register)
  assert.ok(JSON.parse(names).length > 300)
  assert.is(names, namesWith())
})

test.run()
