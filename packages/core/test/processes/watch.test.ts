import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HOLDS_TOO_MUCH, type WatchLimits } from '../../src/processes/index.ts'

const test = suite('watchThisProcess')

const MODULE = new URL('../../src/processes/index.ts', import.meta.url).href

/** How a process that is watched ends, whose thread does `then` from there on. */
async function watched(limits: Omit<WatchLimits, 'parent'>, then: string) {
  const text = `
    import { watchThisProcess } from ${JSON.stringify(MODULE)}
    await watchThisProcess({ parent: process.ppid, ...${JSON.stringify(limits)} })
    ${then}`
  const args = [...process.execArgv, '--input-type=module', '-e', text]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    printed += piece
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, printed }
}

test('too long: ends, though its thread is blocked', async () => {
  const { signal } = await watched({ seconds: 0.05 }, 'for (;;);')
  assert.is(signal, 'SIGKILL')
})

test('too much memory: says so and ends, though its thread is blocked', async () => {
  const grow = 'const all = []; for (;;) all.push(Buffer.alloc(2 ** 20, 1))'
  const { signal, printed } = await watched({ most: 200 * 2 ** 20 }, grow)
  assert.equal([signal, printed], ['SIGKILL', HOLDS_TOO_MUCH])
})

test('within its limits it ends when it is done', async () => {
  const { code, printed } = await watched({ most: 2 ** 31, seconds: 3600 }, '')
  assert.equal([code, printed], [0, ''])
})

test.run()
