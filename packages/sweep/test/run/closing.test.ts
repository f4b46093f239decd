import { createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  bullmqLauncher,
  createSweep,
  listTrials,
  type PlannedSweep,
  runSweep,
} from '../../src/index.ts'
import { inScratch, planTiny, resolver, TRAINING, tinySweep } from '../support/sweep.ts'

const test = suite('what a sweep opens')

/** A sweep whose suggester and launcher say what becomes of them. */
async function watched(
  fail: { open?: Error; start?: Error; end?: Error; suggest?: Error } = {},
): Promise<{ planned: PlannedSweep; said: string[] }> {
  const said: string[] = []
  const planned = await planTiny(tinySweep({ args: ['seed=0..3'], trials: 2 }))
  const reject = (error: Error | undefined) => {
    if (error !== undefined) throw error
  }
  return {
    said,
    planned: {
      ...planned,
      suggester: {
        ...{ name: 'watched', learns: false },
        begin: () => {
          said.push('suggester opened')
          return {
            suggest: (index) => {
              reject(fail.suggest)
              return { seed: index }
            },
            end: () => void said.push('suggester ended'),
          }
        },
      },
      launcher: {
        ...{ name: 'watched', isRemote: false },
        check: async () => undefined,
        async open() {
          reject(fail.open)
          said.push('launcher opened')
          return {
            ...{ capacity: 1, threads: 1 },
            start: async () => reject(fail.start ?? new Error('cannot start')),
            stop: async () => undefined,
            async end() {
              said.push('launcher ended')
              reject(fail.end)
            },
          }
        },
      },
    },
  }
}

const SUGGESTER = ['suggester opened', 'suggester ended']
const BOTH = ['suggester opened', 'launcher opened', 'launcher ended', 'suggester ended']

test('is closed again, whatever throws', () =>
  inScratch(async (out) => {
    const cases = [
      { fail: { open: new Error('no launcher') }, said: SUGGESTER, message: 'no launcher' },
      { fail: { start: new Error('no start') }, said: BOTH, message: 'no start' },
      { fail: { suggest: new Error('no point') }, said: BOTH, message: 'no point' },
      { fail: { end: new Error('no end') }, said: BOTH, message: 'no end' },
    ]
    for (const { fail, said, message } of cases) {
      const made = await watched(fail)
      const folder = await createSweep(out, made.planned)
      const options = { resolve: resolver(['seed=0..3']), module: TRAINING, command: [] }
      const error = await runSweep(made.planned, folder, options).then(
        () => undefined,
        (thrown: Error) => thrown,
      )
      assert.is(error?.message, message)
      assert.equal(made.said, said, message)
    }
  }))

test('is closed when trials are only listed, or cannot be', async () => {
  const resolve = resolver(['seed=0..3'])
  const listed = await watched()
  assert.is((await listTrials(listed.planned, { resolve })).length, 2)
  assert.equal(listed.said, SUGGESTER)
  const failing = await watched({ suggest: new Error('no point') })
  const error = await listTrials(failing.planned, { resolve }).then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  assert.is(error?.message, 'no point')
  assert.equal(failing.said, SUGGESTER)
})

test('a queue is not connected before the store is known to be one', async () => {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as { port: number }
    const launcher = bullmqLauncher({ queue: `redis://127.0.0.1:${port}`, store: 'nowhere' })
    const error = await launcher
      .open({
        sweep: 's',
        folder: '/s',
        module: '/m',
        command: [],
        threads: 1,
        notice: () => undefined,
      })
      .then(
        () => undefined,
        (thrown: Error) => thrown,
      )
    assert.match(error?.message ?? '', /must be an address of the form s3:/)
    assert.is(connections, 0)
  } finally {
    server.close()
  }
})

test.run()
