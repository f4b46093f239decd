import { EngineError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runOnce } from '../../src/predict/run-once.ts'

const test = suite('a program that runs once')

const node = (code: string) => runOnce([process.execPath, '-e', code])

test('gives what it printed, and the time of all its processes', async () => {
  const work =
    'const until = process.cpuUsage().user + 50000; while (process.cpuUsage().user < until);'
  const child = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(work)}])`
  const { seconds, processor, out } = await node(`${child}; console.log('one'); console.log('two')`)
  assert.is(out, 'one\ntwo\n')
  assert.ok(processor >= 0.05, String(processor))
  assert.ok(seconds > 0)
  assert.is((await node('')).out, '')
  assert.is((await node('process.stdout.write("without an end")')).out, 'without an end')
})

test('that fails is told with what it said', async () => {
  const error = await node('console.error("no such picture"); process.exit(3)').catch(
    (caught) => caught,
  )
  assert.instance(error, EngineError)
  assert.match(error.message, /: must end well, got "no such picture"/)
})

test.run()
