import { createServer } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { load } from '../../src/serve/load.ts'

const test = suite('load')

test('counts answers by status, and what a rate asks for', async () => {
  let count = 0
  const bodies = new Set<number>()
  const server = createServer((request, response) => {
    let size = 0
    request.on('data', (data: Buffer) => {
      size += data.length
    })
    request.on('end', () => {
      bodies.add(size)
      count += 1
      response.statusCode = count % 4 === 0 ? 503 : 200
      response.end('x'.repeat(100_000))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const request = {
    address: `http://127.0.0.1:${port}`,
    path: '/',
    headers: {},
    body: 70_000,
    connections: 4,
    seconds: 0.5,
  }
  const free = await load(request)
  const { 200: good = 0, 503: refused = 0 } = free.statuses
  assert.ok(good > 0 && Math.abs(good / 3 - refused) <= 4)
  assert.equal([...bodies], [70_000])
  assert.is(free.errors, 0)
  assert.ok(free.p50 <= free.p99 && free.p99 <= free.max)
  const paced = await load({ ...request, rate: 20, seconds: 1.3 })
  const sent = Object.values(paced.statuses).reduce((sum, each) => sum + each)
  assert.ok(sent <= 27)
  assert.is(free.lateP99, 0)
  assert.ok(paced.lateP99 > 0 && paced.lateP99 < 1000)
  server.close()
  server.closeAllConnections()
})

test.run()
