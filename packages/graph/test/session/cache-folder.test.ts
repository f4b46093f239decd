import { join, sep } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheFolder } from '../../src/session/cache-folder.ts'

const test = suite('cacheFolder')

test('the folder is below $ASHLAR_HOME', () => {
  const before = process.env.ASHLAR_HOME
  process.env.ASHLAR_HOME = '/somewhere'
  assert.is(cacheFolder('forms'), join('/somewhere', 'forms'))
  if (before === undefined) delete process.env.ASHLAR_HOME
  else process.env.ASHLAR_HOME = before
})

test("or in the platform's cache folder, if it is not set or empty", () => {
  const folder = cacheFolder('forms', '')
  assert.ok(folder.split(sep).includes('ashlar'), folder)
  assert.ok(folder.endsWith(`${sep}forms`), folder)
})

test.run()
