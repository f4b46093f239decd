import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { captureProgram } from '../../src/engines/capture-program.ts'
import type { Program } from '../../src/index.ts'

const test = suite('programs as an engine captures them')

const program: Program = {
  name: 'table',
  inputs: (batchSize) => ({ x: { shape: [batchSize, 2], dtype: 'float32' } }),
  tables: { x: new Float32Array(10) },
  run: ({ x }) => ({ y: tf.mul(x!, 2) }),
}

test('rows of tables are picked in the graph', () => {
  const { graph, confirm } = captureProgram(program, 3, { variables: {} })
  assert.equal(
    graph.inputs.map(({ name, value }) => [name, value.shape]),
    [
      ['x', [5, 2]],
      ['rows', [3]],
    ],
  )
  confirm()
})

test('what is yet to be confirmed does not hold its graph, which many programs keep to their end', async () => {
  const captured = () => {
    const { graph, confirm } = captureProgram(program, 3, { variables: {} })
    return { graph: new WeakRef(graph), confirm }
  }
  const { graph, confirm } = captured()
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // References that are looked at stay to the end of a turn.
  await setImmediate()
  collect()
  assert.is(graph.deref(), undefined)
  confirm()
})

test.run()
