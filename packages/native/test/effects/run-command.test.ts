import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isMissingProgram, runCommand } from '../../src/effects/run-command.ts'
import { rejection } from '../support/rejects.ts'

const test = suite('runCommand')

const node = (text: string, options = {}) => runCommand(process.execPath, ['-e', text], options)

test('collects what a program prints, and tells it meanwhile', async () => {
  const told: string[] = []
  const onStdout = (text: string) => told.push(text)
  const script = 'console.log(process.env.WHO); console.error("bad"); process.exitCode = 3'
  const result = await node(script, { env: { WHO: 'me' }, onStdout })
  assert.equal(result, { code: 3, signal: null, stdout: 'me\n', stderr: 'bad\n' })
  assert.is(told.join(''), 'me\n')
})

test('a missing program is an error that leaves no timer behind', async () => {
  const before = process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
  const error = await rejection(runCommand('no-such-program-here', []), Error)
  assert.ok(isMissingProgram(error))
  const after = process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
  assert.is(after, before)
})

test('ends a program that takes too long, or that is not wanted any more', async () => {
  const forever = 'setInterval(() => {}, 1000)'
  const late = await rejection(node(forever, { timeoutMs: 100 }), Error)
  assert.is(late.name, 'AbortError')
  const controller = new AbortController()
  const stopped = node(forever, { signal: controller.signal })
  controller.abort()
  assert.is((await rejection(stopped, Error)).name, 'AbortError')
})

test.run()
