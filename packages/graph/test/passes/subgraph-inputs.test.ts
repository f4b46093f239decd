import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { cond, whileLoop } from '../../src/capture/control-flow.ts'
import { type Graph, isConstant, subgraphsOf } from '../../src/ir/index.ts'
import { simplifyAlgebra } from '../../src/passes/algebra.ts'
import { removeDeadCode } from '../../src/passes/dead-code.ts'
import { everywhere } from '../../src/passes/everywhere.ts'
import { simplifySubgraphInputs } from '../../src/passes/subgraph-inputs.ts'

await tf.setBackend('cpu')

const test = suite('inputs of graphs that nodes hold')

const inputs = { x: { shape: [3], dtype: 'float32' } } as const

/** The one node that holds graphs, after what it takes was simplified. */
function simplified(program: (x: tf.Tensor) => tf.Tensor) {
  const graph: Graph = capture(({ x }) => ({ y: program(x!) }), { inputs })
  everywhere(graph, simplifyAlgebra)
  simplifySubgraphInputs(graph)
  removeDeadCode(graph)
  return graph.nodes.find(({ formals }) => formals !== undefined)!
}

test('a loop keeps the variables that it changes; the others come from outside, or are constants', () => {
  const loop = simplified((x) => {
    const [, y] = whileLoop(
      (n) => tf.less(n, tf.sum(x)),
      (n, y, x, w) => [tf.add(n, 1), tf.add(tf.mul(y, w), x), tf.clone(x), w],
      [tf.scalar(0), x, tf.exp(x), tf.tensor1d([1, 2, 3])],
    )
    return y!
  })
  const [body] = subgraphsOf(loop) as [Graph]
  assert.is(loop.formals, 3)
  assert.equal(
    body.inputs.map(({ from }) => from),
    [undefined, undefined, 3, 4],
  )
  assert.is(loop.outputs.length, 2)
  const weights = body.nodes.find(({ op }) => op === 'Multiply')!.inputs[1]!
  assert.ok(isConstant(weights))
})

test('what no branch reads is not handed in, and is not computed', () => {
  const branch = simplified((x) => {
    const unused = tf.exp(x)
    const [y] = cond(
      tf.greater(tf.sum(x), 0),
      () => {
        tf.neg(unused)
        return [tf.abs(x)]
      },
      () => [tf.sign(x)],
    )
    return y!
  })
  assert.is(branch.inputs.length, 2)
  assert.equal(
    subgraphsOf(branch).map(({ nodes }) => nodes.map(({ op }) => op)),
    [['Abs'], ['Sign']],
  )
})

test.run()
