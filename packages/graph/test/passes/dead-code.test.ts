import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('dead code')

test('is left out, back to its beginning', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => {
    x!.exp().sum().sqrt()
    const [first] = tf.split(x!, 2)
    return { y: first! }
  }
  const { after } = await checkPass(program, { x: { shape: [4] } }, removeDeadCode)
  assert.equal(after, ['SplitV'])
})

test('inputs stay, state that nobody reads goes', () => {
  const w = tf.variable(tf.scalar(1))
  const graph = capture(
    ({ x }) => {
      w.add(1)
      return { y: x! }
    },
    {
      inputs: { x: { shape: [2], dtype: 'float32' }, z: { shape: [2], dtype: 'float32' } },
      variables: { w },
    },
  )
  assert.is(graph.inputs.length, 3)
  removeDeadCode(graph)
  assert.equal(
    graph.inputs.map(({ name }) => name),
    ['x', 'z'],
  )
  w.dispose()
})

test.run()
