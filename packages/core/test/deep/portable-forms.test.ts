import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('portable forms')

test('the package passes its tests with standard ONNX alone', () => {
  const runner = fileURLToPath(new URL('../../../../scripts/test.js', import.meta.url))
  const env = { ...process.env, ASHLAR_FORMS: 'portable' }
  const { status, stdout } = spawnSync(process.execPath, [runner, 'core'], {
    env,
    encoding: 'utf8',
  })
  assert.is(status, 0, stdout)
})

test.run()
