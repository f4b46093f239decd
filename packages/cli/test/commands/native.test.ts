import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '@ashlar/errors'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { createOutput } from '../../src/terminal/output.ts'
import { installTensorflow } from '../../src/work/native.ts'
import { ashlar, recorder } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('ashlar native')

/** With the cache in a folder of its own. */
async function atHome<T>(home: string, fn: () => Promise<T>): Promise<T> {
  const before = process.env.ASHLAR_HOME
  process.env.ASHLAR_HOME = home
  try {
    return await fn()
  } finally {
    if (before === undefined) delete process.env.ASHLAR_HOME
    else process.env.ASHLAR_HOME = before
  }
}

test('status and remove say so when nothing is installed', () =>
  inScratch({}, (home) =>
    atHome(home, async () => {
      const status = await ashlar('native', 'status')
      assert.is(status.code, 0)
      assert.is(status.out, 'TensorFlow native is not installed. Run: ashlar native install\n')
      const { out } = await ashlar('native', 'status', '--json')
      assert.is(JSON.parse(out).state, 'absent')
      assert.is((await ashlar('native', 'remove')).out, 'Nothing is installed.\n')
    }),
  ))

test('half an install is named by status, and taken away by remove', () =>
  inScratch({}, (home) =>
    atHome(home, async () => {
      const { folder } = JSON.parse((await ashlar('native', 'status', '--json')).out)
      assert.ok(folder.startsWith(join(home, 'native')))
      await mkdir(folder, { recursive: true })
      const { out } = await ashlar('native', 'status')
      assert.match(out, /^TensorFlow native does not work: .*its install was never finished\n/)
      assert.match(out, /Run: ashlar native install --force\n$/)
      assert.is((await ashlar('native', 'remove')).out, `${folder} is gone: 0 bytes free\n`)
    }),
  ))

test('without any of the ways the error lists each, and exit code 1', () =>
  inScratch({}, async (home) => {
    const { stream, text } = recorder()
    const output = createOutput({}, { stdout: stream, stderr: recorder().stream })
    const missing = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOENT' }))
    const effects = { run: missing, fetch: missing, env: {} }
    let error: unknown
    try {
      await installTensorflow({ home, effects }, output)
    } catch (caught) {
      error = caught
    }
    assert.instance(error, EngineError)
    assert.match((error as Error).message, /Tried:\n {2}1\. tfjs-node's own download: .*\n/)
    assert.match((error as Error).message, /Everything else works without it/)
    assert.match(text(), /^Looking for a binding that works\n/)
    assert.match(text(), /\ntfjs-node's own download did not work: /)
  }))

test('a wheel that is not there is wrong usage', () =>
  inScratch({}, (home) =>
    atHome(home, async () => {
      const { code, err } = await ashlar('native', 'install', '--wheel', 'nowhere.whl')
      assert.is(code, 2)
      assert.is(err, 'native install: wheel must be a file, got "nowhere.whl"\n')
    }),
  ))

slow('training on it says how to install it where it is not', () =>
  inScratch({}, (home) =>
    atHome(home, async () => {
      const args = ['train', 'mnist-mini-resnet', 'dataset.limit=64', '--engine', 'tensorflow']
      // A process of its own: where it is installed, this one may have it loaded by now.
      const { code, err } = await start([...args, '--out', join(home, 'o')]).ended
      assert.is(code, 1)
      assert.is(
        err,
        'tensorflow: TensorFlow native must be installed\n  Run: ashlar native install. Everything else works without it.\n',
      )
    }),
  ),
)

test.run()
