import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers, Model } from '../../src/index.ts'
import { type LayerCall, observeCalls } from '../../src/network/calls.ts'
import { IdentityBlock } from '../support/lesson.ts'

const test = suite('calls')

test('an observer is told of each call, innermost first', () => {
  class Net extends Model {
    readonly block = new IdentityBlock(2, 3)
    override call(x: Tensor): Tensor {
      return this.block.apply(x)
    }
  }
  const model = new Net()
  const calls: LayerCall[] = []
  tf.tidy(() =>
    observeCalls(
      (call) => calls.push(call),
      () => model.apply(tf.ones([1, 4, 4, 2])),
    ),
  )
  assert.equal(
    calls.map(({ path }) => path),
    [
      'block.conv1',
      'block.norm1',
      'block.relu',
      'block.conv2',
      'block.norm2',
      'block.add',
      'block.relu',
      'block',
      '',
    ],
  )
  const add = calls.find(({ path }) => path === 'block.add')!
  assert.is(add.layer, model.block.add)
  assert.equal(add.inputs, [
    [1, 4, 4, 2],
    [1, 4, 4, 2],
  ])
  assert.equal(add.outputs, [[1, 4, 4, 2]])
  model.dispose()
})

test('a layer keeps its name when a block below its owner calls it', () => {
  const shared = layers.dense({ units: 2 })
  class Inner extends Model {
    // A getter is no field: the layer belongs to the model around.
    get borrowed() {
      return shared
    }
    override call(x: Tensor): Tensor {
      return this.borrowed.apply(x)
    }
  }
  class Outer extends Model {
    readonly inner = new Inner()
    readonly lent = shared
    override call(x: Tensor): Tensor {
      return this.lent.apply(this.inner.apply(x))
    }
  }
  const model = new Outer()
  const paths: string[] = []
  tf.tidy(() =>
    observeCalls(
      ({ path }) => paths.push(path),
      () => model.apply(tf.ones([1, 2])),
    ),
  )
  assert.equal(paths, ['inner.lent', 'inner', 'lent', ''])
  assert.equal(
    model.namedWeights().map(({ name }) => name),
    ['lent.kernel', 'lent.bias'],
  )
  model.dispose()
})

test('outside of a model a layer is plain tfjs again', () => {
  const model = new IdentityBlock(2, 3)
  model.build([null, 4, 4, 2])
  const calls: LayerCall[] = []
  tf.tidy(() => {
    const x = tf.ones([1, 4, 4, 2])
    observeCalls(
      (call) => calls.push(call),
      () => model.conv1.apply(x),
    )
    assert.throws(() => model.conv1.apply(tf.ones([1, 2])), /Input 0 is incompatible with layer/)
  })
  assert.equal(calls, [])
  model.dispose()
})

test('a model whose code reads numbers is built by running it', () => {
  class Reading extends Model {
    readonly head = layers.dense({ units: 2 })
    override call(x: Tensor): Tensor {
      const largest = x.max().dataSync()[0]!
      return this.head.apply(x.div(largest + 1))
    }
  }
  const model = new Reading()
  model.build([null, 3])
  assert.is(model.countParams(), 8)
  assert.is(model.summary().flops, undefined)
  assert.match(String(model.summary()), /head {3}Dense {2}\[\?, 2\] +8 +\?/)
  model.dispose()
})

test.run()
