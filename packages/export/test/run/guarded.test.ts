import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigError, DataError, EngineError } from '@ashlar/errors'
import { isAlive, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import type { FileRunner, OpenFile } from '../../src/run/file-runner.ts'
import { openHere } from '../../src/run/file-runner.ts'
import { type GuardedRunner, openGuarded } from '../../src/run/guarded.ts'
import { addModel, endlessModel, growingModel } from '../support/hostile.ts'
import { refusal } from '../support/refusal.ts'

const { test, slow } = tieredSuite('openGuarded')

const raw = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
const added = addModel({ dims: [4], dataType: 1, rawData: raw })
const x = { shape: [2, 4], dtype: 'float32', data: new Float32Array(8).fill(0.5) } as const

async function withRunner<T>(
  open: OpenFile,
  bytes: Uint8Array,
  use: (runner: FileRunner) => Promise<T>,
): Promise<T> {
  const runner = await open(bytes)
  try {
    return await use(runner)
  } finally {
    await runner.release()
    const { pid } = runner as Partial<GuardedRunner>
    if (pid !== undefined) assert.not(isAlive(pid), 'no process is left')
  }
}

test('gives what a session here gives, as often as asked, and leaves no process', async () => {
  const open = openGuarded('FILE', added.length)
  const results = await withRunner(open, added, async (runner) => {
    assert.equal(runner.outputNames, ['output'])
    return [await runner.run({ x }), await runner.run({ x })]
  })
  const here = await withRunner(openHere, added, (runner) => runner.run({ x }))
  assert.equal(results, [here, here])
  assert.equal([...here.output!.data], [1.5, 2.5, 3.5, 4.5, 1.5, 2.5, 3.5, 4.5])
})

test('the process knows none of the secrets of this one', async () => {
  process.env.ASHLAR_ADMIN_TOKEN = 'secret of the server'
  const runner = await openGuarded('FILE', added.length)(added)
  delete process.env.ASHLAR_ADMIN_TOKEN
  const file = `/proc/${runner.pid}/environ`
  if (existsSync(file)) assert.not.match(readFileSync(file, 'utf8'), 'secret of the server')
  await runner.release()
})

test("onnxruntime's refusals are those of a session here", async () => {
  const wrong = { ...x, shape: [4, 2] }
  const messages = await Promise.all(
    [openGuarded('FILE', 0), openHere].map((open) =>
      withRunner(open, added, async (runner) => {
        const error = await refusal(() => runner.run({ x: wrong }))
        assert.instance(error, EngineError)
        // It goes on after a refusal.
        await runner.run({ x })
        return error.message
      }),
    ),
  )
  assert.is(messages[0], messages[1])
  assert.match(messages[0]!, /^onnxruntime: the file must run\n {2}.*Got: 2 Expected: 4/s)
  const refused = await refusal(() => openGuarded('FILE', 0)(Uint8Array.of(1, 2, 3)))
  assert.instance(refused, EngineError)
})

slow('a loop without an end is stopped', async () => {
  const bytes = endlessModel()
  // Loading takes as long as the machine makes it.
  const began = performance.now()
  await (await openGuarded('FILE', bytes.length)(bytes)).release()
  const seconds = 1 + Math.ceil((performance.now() - began) / 250)
  const open = openGuarded('FILE', bytes.length, { seconds })
  await withRunner(open, bytes, async (runner) => {
    const error = await refusal(() => runner.run({ x }))
    assert.instance(error, DataError)
    assert.is(
      error.message,
      `FILE: must be done within ${seconds} s with loading and with each batch\n` +
        '  It may have a loop without an end. If it needs longer, give it more `seconds` (--timeout).',
    )
    assert.instance(await refusal(() => runner.run({ x })), DataError)
  })
})

slow('memory that grows without an end is stopped', async () => {
  const bytes = growingModel()
  const open = openGuarded('FILE', bytes.length, { memory: 600, seconds: 3600 })
  await withRunner(open, bytes, async (runner) => {
    const error = await refusal(() => runner.run({ x }))
    assert.instance(error, DataError)
    assert.is(
      error.message,
      'FILE: must run in 600 MiB of memory\n' +
        '  If it needs more, give it more `memory` (--memory).',
    )
  })
})

slow('what the process dies of is told', async () => {
  const runner = await openGuarded('FILE', 0)(endlessModel())
  const running = refusal(() => runner.run({ x }))
  process.kill(runner.pid, 'SIGABRT')
  const error = await running
  assert.instance(error, DataError)
  assert.is(error.message, 'FILE: onnxruntime must survive it, got "SIGABRT"')
  await runner.release()
})

slow('a process whose parent is gone ends by itself', async () => {
  const program = join(import.meta.dirname, '../support/guarded-parent.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    program,
  ]).catch((error: { stdout: string }) => error)
  const child = Number(stdout)
  assert.ok(child > 0, stdout)
  // When it does not, this never ends, which the runner notices.
  while (isAlive(child)) await new Promise((resolve) => setTimeout(resolve, 50))
})

test('limits are numbers above 0', async () => {
  for (const [limits, message] of [
    [{ seconds: 0 }, 'limits: `seconds` must be a number above 0, got 0'],
    [{ memory: Number.NaN }, 'limits: `memory` must be a number above 0, got NaN'],
  ] as const) {
    const error = await refusal(async () => openGuarded('FILE', 0, limits))
    assert.instance(error, ConfigError)
    assert.is(error.message, message)
  }
})

test.run()
