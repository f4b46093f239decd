import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isAlive } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startEndless } from '../support/endless-picture.ts'

const test = suite('the process of a picture')

test('ends after its time by itself, whatever it does', async () => {
  const [, signal] = await once(startEndless(0.1, 'ignore'), 'exit')
  assert.is(signal, 'SIGKILL')
})

test('ends when the one that asked was killed, whatever it does', async () => {
  const program = join(import.meta.dirname, '../support/leave-picture.ts')
  const parent = spawn(process.execPath, [...process.execArgv, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  for await (const line of createInterface(parent.stdout)) {
    lines.push(line)
    // By then nothing in its own thread could see that it is alone.
    if (lines.includes('reading') && lines.length === 2) break
  }
  const pid = Number(lines.find((line) => line !== 'reading'))
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  // When it does not, this never ends, which the runner notices.
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
})

test.run()
