import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'

const test = suite('ashlar explain')

interface Result {
  readonly batchSize: number
  readonly milliseconds: number
  readonly nodes: number
  readonly rows: readonly {
    readonly kernel: string
    readonly milliseconds: number
    readonly share: number
    readonly gflops?: number
  }[]
}

test('shares of the step add up, and products have a rate', async () => {
  const { rows, milliseconds, nodes, batchSize } = await ashlarJson<Result>(
    'explain',
    TINY,
    '--batch',
    '8',
  )
  assert.is(batchSize, 8)
  assert.ok(nodes > 10 && milliseconds > 0)
  const sum = rows.reduce((total, { share }) => total + share, 0)
  assert.ok(Math.abs(sum - 1) < 1e-9, `${sum}`)
  const products = rows.filter(({ kernel }) => /MatMul/.test(kernel))
  assert.ok(products.length > 0)
  for (const { gflops } of products) assert.ok(gflops! > 0)
})

test('shows a table, the most costly kernel first', async () => {
  const { code, out } = await ashlar('explain', TINY)
  assert.is(code, 0)
  assert.match(out, /, batch \d+: \d+\.\d+ ms in \d+ nodes/)
  assert.match(out, /\nkernel +form +output +calls +ms +GFLOP\/s +share\n/)
})

test('an engine without a plan says so', async () => {
  const { code, err } = await ashlar('explain', TINY, 'engine=tfjs')
  assert.is(code, 1)
  assert.match(err, 'engine tfjs: the engine must compile the step for there to be a plan')
})

test.run()
