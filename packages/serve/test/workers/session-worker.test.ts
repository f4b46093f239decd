import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { captureDynamic, optimizeForExport, writeOnnx } from '@ashlar/graph'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { SessionWorker } from '../../src/workers/session-worker.ts'

const { test, slow } = tieredSuite('processes of sessions')

async function model(): Promise<Uint8Array> {
  const graph = captureDynamic(({ x }) => ({ y: x!.mul(2) }), {
    inputs: { x: { shape: [null, 1], dtype: 'float32' } },
  })
  return writeOnnx(await optimizeForExport(graph, 17), { opset: 17 })
}

const inputOf = (value: number) => [
  {
    name: 'x',
    datatype: 'FP32',
    shape: [1, 1],
    data: new Uint8Array(Float32Array.of(value).buffer),
  },
]

test('answer runs in the order that they came in', async () => {
  const worker = await SessionWorker.start({ model: await model(), threads: 1 }, () => undefined)
  const answers = await Promise.all([1, 2, 3, 4].map((value) => worker.run(inputOf(value))))
  const numbers = answers.map(({ outputs }) => outputs[0]!.data as Uint8Array)
  assert.equal(
    numbers.map((data) => new Float32Array(data.slice().buffer)[0]),
    [2, 4, 6, 8],
  )
  await worker.end()
})

slow('end when an answer is lost, since it would give each run that of the next', async () => {
  let died: Error | undefined
  const worker = await SessionWorker.start({ model: await model(), threads: 1 }, (error) => {
    died = error
  })
  const first = worker.run(inputOf(1)).catch((error: unknown) => error)
  const { child } = worker as unknown as { readonly child: { readonly pipe: Duplex } }
  child.pipe.emit('data', Buffer.alloc(12, 0xff))
  assert.match(String(await first), 'what it sent could not be read: a head of 4294967295 bytes')
  assert.instance(died, Error)
  assert.ok(worker.isDead)
  await worker.end()
})

test('are not started when nobody waits for them any more', async () => {
  const reason = new Error('too late')
  const started = SessionWorker.start(
    { model: await model(), threads: 1 },
    () => assert.unreachable(),
    AbortSignal.abort(reason),
  )
  assert.is(await started.catch((error: unknown) => error), reason)
})

slow('say why they ended', async () => {
  const deaths: string[] = []
  const worker = await SessionWorker.start({ model: await model(), threads: 1 }, (error) =>
    deaths.push(error.message),
  )
  process.kill(worker.pid, 'SIGSEGV')
  const failed = await worker.run(inputOf(1)).catch((error: Error) => error.message)
  while (deaths.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.match(String(failed), 'the process of the model must not end')
  assert.match(deaths[0]!, /got "SIGSEGV/)
})

slow('leave decisions about their end to the server', async () => {
  const worker = await SessionWorker.start({ model: await model(), threads: 1 }, () => undefined)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(worker.pid, signal)
  const { outputs } = await worker.run(inputOf(3))
  assert.is(new Float32Array(new Uint8Array(outputs[0]!.data).buffer)[0], 6)
  await worker.end()
})

test('know none of the secrets of the server', async () => {
  process.env.ASHLAR_ADMIN_TOKEN = 'secret of the server'
  const worker = await SessionWorker.start({ model: await model(), threads: 1 }, () => undefined)
  delete process.env.ASHLAR_ADMIN_TOKEN
  const file = `/proc/${worker.pid}/environ`
  if (existsSync(file)) assert.not.match(readFileSync(file, 'utf8'), 'secret of the server')
  await worker.end()
})

test('end with the server, even in a run without an end', async () => {
  const parent = spawn(process.execPath, programOf('leave-behind.ts'), {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(text.toString())
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 50))
})

/** How Node is told to run a program of ../support. */
function programOf(name: string): string[] {
  const script = fileURLToPath(new URL(`../support/${name}`, import.meta.url))
  return [...process.execArgv, script]
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('end when their server was killed before they had started', async () => {
  const gone = spawn(process.execPath, ['-e', ''])
  await once(gone, 'exit')
  const worker = spawn(process.execPath, [...programOf('endless.ts'), String(gone.pid)])
  const [, signal] = (await once(worker, 'exit')) as [number | null, NodeJS.Signals | null]
  assert.is(signal, 'SIGKILL')
})

test.run()
