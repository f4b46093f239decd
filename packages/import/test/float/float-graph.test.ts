import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readOnnx } from '../../src/file/read.ts'
import { asFloat } from '../../src/float/as-float.ts'
import { loadOnnx } from '../../src/index.ts'
import { type MadeNode, makeOnnx, withFile } from '../support/make-onnx.ts'
import { number } from '../support/quantized.ts'

const test = suite('graphs of whole numbers')

test('nodes of bytes that wait for each other are refused, and chains without end do not exhaust the stack', async () => {
  const weights = { s: number(0.01), z: number(0, 'uint8') }
  const ends = (last: string): MadeNode[] => [
    { op: 'DequantizeLinear', name: 'd', inputs: [last, 's', 'z'], outputs: ['y'] },
  ]
  const link = (from: string, to: string): MadeNode => ({
    ...{ op: 'Flatten', name: to, inputs: [from], outputs: [to] },
  })
  const made = (nodes: readonly MadeNode[]) =>
    makeOnnx({ inputs: { x: ['batch', 4] }, outputs: ['y'], weights, nodes })
  const round: MadeNode = { op: 'QuantizeLinear', inputs: ['b', 's', 'z'], outputs: ['q'] }
  for (const nodes of [
    [link('a', 'b'), link('b', 'a'), ...ends('a')],
    [link('a', 'b'), link('b', 'a'), round, ...ends('q')],
  ]) {
    await withFile(made(nodes), async (path) => {
      try {
        const model = await loadOnnx(path)
        model.summary([null, 4])
        assert.unreachable()
      } catch (error) {
        assert.match((error as Error).message, /must be computed before it/)
      }
    })
  }
  const count = 8000
  const chain = Array.from({ length: count }, (_, at) => link(`q${at}`, `q${at + 1}`))
  const first = { ...round, inputs: ['x', 's', 'z'], outputs: ['q0'] }
  await withFile(made([first, ...chain, ...ends(`q${count}`)]), (path) => {
    assert.is(asFloat(readOnnx(path)).graph.nodes.length, count + 2)
  })
})

test.run()
