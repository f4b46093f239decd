import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { computePreluByParts } from '../../src/passes/prelu-by-parts.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('ReLUs of learnt slopes, by parts')

type Given = Record<string, tf.Tensor>

for (const [name, slopes] of Object.entries({
  channel: [8],
  'channel, as layers have them': [1, 1, 8],
  pixel: [4, 5, 8],
})) {
  test(`a slope for each ${name}, and what is derived from it`, async () => {
    const program = ({ x, alpha }: Given) => {
      const loss = (each: tf.Tensor, slope: tf.Tensor) =>
        tf.sum(tf.square(tf.prelu(each, slope))) as tf.Scalar
      const { value, grads } = tf.valueAndGrads(loss)([x!, alpha!])
      return { value, dx: grads[0]!, dalpha: grads[1]! }
    }
    const inputs = { x: { shape: [3, 4, 5, 8] }, alpha: { shape: slopes } }
    const { before, after } = await checkPass(program, inputs, computePreluByParts)
    assert.ok(before.includes('Prelu'))
    assert.not(after.includes('Prelu'))
    assert.not(after.includes('Select'))
  })
}

for (const block of [8, 16])
  test(`images stay in blocks of ${block} in a step of training`, () => {
    const shapes = { f: [3, 3, 32, 32], alpha: [1, 1, 32] } as const
    const variables = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, tf.variable(tf.ones([...shape]))]),
    ) as Record<keyof typeof shapes, tf.Variable>
    const step = ({ x }: Given) => {
      const convolve = (each: tf.Tensor) =>
        tf.conv2d(each as tf.Tensor4D, variables.f as tf.Variable<tf.Rank.R4>, 1, 'same')
      const loss = () =>
        tf.mean(
          tf.square(convolve(tf.prelu(convolve(x!), variables.alpha as tf.Tensor))),
        ) as tf.Scalar
      const { value, grads } = tf.variableGrads(loss, Object.values(variables))
      for (const each of Object.values(variables)) each.assign(tf.sub(each, grads[each.name]!))
      return { value }
    }
    const x = { shape: [4, 24, 20, 32], dtype: 'float32' } as const
    const { nodes } = optimize(capture(step, { inputs: { x }, variables }), {
      ...portableTarget(),
      portable: false,
      block,
    })
    const ops = nodes.map(({ op }) => op)
    assert.not(ops.includes('PRelu'))
    assert.not(ops.includes('Where'))
    const lying = nodes.filter(
      ({ op, outputs: [y] }) =>
        ['Mul', 'Add', 'Sub', 'Min', 'Relu'].includes(op) && y!.shape.join() === '4,24,20,32',
    )
    assert.equal(
      lying.map(({ op }) => op),
      [],
    )
    for (const each of Object.values(variables)) each.dispose()
  })

test.run()
