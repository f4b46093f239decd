import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Worker } from '../../src/harness/worker.ts'

const worker = suite('worker')

/** A worker whose code sees `lines`, an async iterator of requests. */
function start(code: string): Worker {
  const program = `
    const lines = require('node:readline').createInterface({ input: process.stdin })
    const answer = (given) => console.log(JSON.stringify(given))
    ;(async () => { for await (const line of lines) { const request = JSON.parse(line); ${code} } })()`
  return new Worker('peer', { command: process.execPath, args: ['-e', program] })
}

async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the call must fail')
}

worker('answers one request after the other', async () => {
  const peer = start('answer({ result: [request.method, request.value] })')
  assert.equal(await peer.call('first', { value: 1 }), ['first', 1])
  assert.equal(await peer.call('second', { value: 2 }), ['second', 2])
  await peer.end()
})

worker('reports the error that a worker answers with', async () => {
  const peer = start('answer({ error: "no memory" })')
  assert.match(await failure(peer.call('x')), /^peer: must answer\n {2}no memory$/)
  await peer.end()
})

worker('shows what a worker said before it ended', async () => {
  const peer = start('console.error("bad news"); process.exit(3)')
  assert.match(await failure(peer.call('x')), 'it ended: bad news')
  await peer.end()
})

worker('shows a line that is no answer', async () => {
  const peer = start('console.log("hello")')
  assert.match(await failure(peer.call('x')), 'it printed "hello"')
  await peer.end()
})

worker('names a command that is not there', async () => {
  const peer = new Worker('peer', { command: '/no/such/python', args: [] })
  assert.match(await failure(peer.call('x')), 'ENOENT')
  await peer.end()
})

worker.run()
