import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import type { Server } from '../../src/index.ts'
import { datatypes } from '../../src/protocol/datatypes.ts'
import type { RequestError } from '../../src/protocol/errors.ts'
import { counting, doubling } from '../support/onnx-models.ts'
import { withServer } from '../support/server.ts'

const { test, slow } = tieredSuite('runs that do not end')

/** Rounds that nobody waits for. */
const FOREVER = 10n ** 15n

function count(
  server: Server,
  rounds: bigint,
  { timeoutMs, isGone }: { timeoutMs?: number; isGone?: () => boolean } = {},
) {
  const data = new Uint8Array(BigInt64Array.of(rounds).buffer)
  const inputs = [{ name: 'x', datatype: datatypes.get('INT64')!, shape: [1, 1], data }]
  const parameters = timeoutMs === undefined ? {} : { timeout: timeoutMs * 1000 }
  return server.core
    .infer({ model: 'm', parameters, inputs, isGone })
    .then(({ outputs }) =>
      new DataView(new Uint8Array(outputs[0]!.data).buffer).getBigInt64(0, true),
    )
}

const kindOf = (asking: Promise<unknown>) =>
  asking.then(
    () => 'answered',
    (error: RequestError) => error.kind,
  )

const files = { 'm/1/model.onnx': counting() }
const pids = (server: Server) => [...server.core.manager.pids]

for (const [maxBatch, declare] of [
  [0, test],
  [8, slow],
] as const) {
  declare(`end at their time limit; the next is answered (batches of ${maxBatch})`, () =>
    withServer(files, { maxBatch }, async (server) => {
      const before = pids(server)
      const late = [
        count(server, FOREVER, { timeoutMs: 300 }),
        count(server, FOREVER, { timeoutMs: 300 }),
      ].map(kindOf)
      for (const kind of await Promise.all(late)) {
        // The second ran with the first, or waited for it.
        assert.ok(['DEADLINE_EXCEEDED', 'UNAVAILABLE'].includes(kind), kind)
      }
      assert.is(await count(server, 5n), 5n)
      assert.not.equal(pids(server), before)
      assert.is(server.core.statistics('m')[0]!.pending, 0)
    }),
  )
}

test('whoever ran with one, or waits behind it, is answered', () =>
  withServer(files, { maxBatch: 8, maxDelayMs: 50 }, async (server) => {
    const guilty = kindOf(count(server, FOREVER, { timeoutMs: 400 }))
    const innocent = [3n, 4n, 5n].map((rounds) => count(server, rounds))
    assert.equal(await Promise.all(innocent), [3n, 4n, 5n])
    assert.is(await guilty, 'DEADLINE_EXCEEDED')
  }))

slow('a time limit of the server holds as well', () =>
  withServer(files, { timeoutMs: 2000 }, async (server) => {
    assert.is(await kindOf(count(server, FOREVER)), 'DEADLINE_EXCEEDED')
    // The next has the same limit: the session may not be there again in time on a slow machine.
    for (;;) {
      const kind = await kindOf(count(server, 1n))
      if (kind === 'answered') break
      assert.is(kind, 'UNAVAILABLE')
    }
  }),
)

slow('end when all who wait for them have gone', () =>
  withServer(files, {}, async (server) => {
    let gone = false
    const left = kindOf(count(server, FOREVER, { isGone: () => gone }))
    await new Promise((resolve) => setTimeout(resolve, 50))
    gone = true
    assert.is(await left, 'CANCELLED')
    assert.is(await count(server, 2n), 2n)
  }),
)

slow('do not keep another session from answering what was handed to theirs', () =>
  withServer(files, { instances: 2, maxBatch: 0, leaveTimeoutMs: 300 }, async (server) => {
    const stuck = kindOf(count(server, FOREVER, { timeoutMs: 60_000 }))
    const others = Array.from({ length: 6 }, (_, index) => count(server, BigInt(index)))
    assert.equal(await Promise.all(others), [0n, 1n, 2n, 3n, 4n, 5n])
    await server.close()
    assert.is(await stuck, 'UNAVAILABLE')
  }),
)

slow('a late run that ends soon costs no session', () =>
  withServer({ 'm/1/model.onnx': counting() }, {}, async (server) => {
    const before = pids(server)
    // Whether they are answered in a millisecond is the machine's business.
    for (let round = 0; round < 20; round += 1) await kindOf(count(server, 20n, { timeoutMs: 1 }))
    assert.is(await count(server, 3n), 3n)
    assert.equal(pids(server), before)
  }),
)

test('do not keep the server from ending in the time that it promised', () =>
  withServer(
    { ...files, 'good/1/model.onnx': doubling() },
    { leaveTimeoutMs: 300 },
    async (server) => {
      const stuck = kindOf(count(server, FOREVER))
      await new Promise((resolve) => setTimeout(resolve, 50))
      const processes = pids(server)
      await server.close()
      assert.is(await stuck, 'UNAVAILABLE')
      for (const pid of processes) assert.throws(() => process.kill(pid, 0), /ESRCH/)
    },
  ))

slow('do not keep a model from being unloaded', () =>
  withServer(files, { leaveTimeoutMs: 300 }, async (server) => {
    const stuck = kindOf(count(server, FOREVER))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await server.core.unload('m')
    assert.is(await stuck, 'UNAVAILABLE')
    await server.core.load('m')
    assert.is(await count(server, 1n), 1n)
  }),
)

test('a session that crashes takes nobody with it but the guilty', () =>
  withServer(files, { maxBatch: 0 }, async (server) => {
    const stuck = kindOf(count(server, FOREVER))
    const waiting = [count(server, 7n), count(server, 8n)]
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const pid of pids(server)) process.kill(pid, 'SIGSEGV')
    assert.is(await stuck, 'INTERNAL')
    assert.equal(await Promise.all(waiting), [7n, 8n])
    assert.is((await server.http.inject('/v2/health/live')).statusCode, 200)
  }))

test.run()
