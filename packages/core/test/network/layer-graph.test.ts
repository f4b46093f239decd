import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layerGraph, layers, Model } from '../../src/index.ts'
import { MiniResNet } from '../support/lesson.ts'

const test = suite('layer graph')

/** `name -> names that it hands to`, in order. */
function linesOf(model: Model, shape: (number | null)[]): string[] {
  const { nodes, edges } = layerGraph(model, shape)!
  return nodes.map(({ id, name }) => {
    const after = edges.filter(({ from }) => from === id).map(({ to }) => nodes[to]!.name)
    return after.length === 0 ? name : `${name} -> ${after.join(', ')}`
  })
}

test('residual connections, a layer that is called twice, and blocks around', () => {
  const { nodes, groups } = layerGraph(new MiniResNet(10), [null, 28, 28, 1])!
  const lines = linesOf(new MiniResNet(10), [null, 28, 28, 1])
  assert.equal(
    lines.filter((line) => line.startsWith('blocks.0')),
    [
      'blocks.0.conv1 -> blocks.0.norm1',
      'blocks.0.norm1 -> blocks.0.relu',
      'blocks.0.relu -> blocks.0.conv2',
      'blocks.0.conv2 -> blocks.0.norm2',
      'blocks.0.norm2 -> blocks.0.add',
      'blocks.0.add -> blocks.0.relu',
      'blocks.0.relu -> blocks.1.conv1, blocks.1.add',
    ],
  )
  assert.is(lines[0], 'input -> stem')
  assert.is(lines.at(-1), 'output')
  assert.equal(
    groups.map(({ name, type, group }) => [name, type, group]),
    [
      ['blocks.0', 'IdentityBlock', undefined],
      ['blocks.1', 'IdentityBlock', undefined],
    ],
  )
  const conv1 = nodes.find(({ name }) => name === 'blocks.1.conv1')!
  assert.equal(
    [conv1.kind, conv1.type, conv1.shape, conv1.group],
    ['layer', 'Conv2D', [null, 9, 9, 64], 1],
  )
})

test('operations between layers are steps; views, constants and dead ends are none', () => {
  class Mixed extends Model {
    first = layers.dense({ units: 4 })
    unused = layers.dense({ units: 4 })
    second = layers.dense({ units: 4 })
    override call(x: tf.Tensor): tf.Tensor {
      const scale = tf.mul(tf.scalar(2), 3)
      const hidden = this.first.apply(x)
      this.unused.apply(hidden)
      return tf.add(tf.mul(this.second.apply(tf.reshape(hidden, [-1, 4])), scale), x)
    }
  }
  assert.equal(linesOf(new Mixed(), [null, 4]), [
    'input -> first, Add',
    'first -> second',
    'second -> Multiply',
    'Multiply -> Add',
    'Add -> output',
    'output',
  ])
})

test('a layer that hands on what it is given is a step, and blocks may hold blocks', () => {
  class Inner extends Model {
    drop = layers.dropout({ rate: 0.5 })
    dense = layers.dense({ units: 3 })
    override call(x: tf.Tensor): tf.Tensor {
      return this.dense.apply(this.drop.apply(x))
    }
  }
  class Outer extends Model {
    inner = new Inner()
    norm = layers.batchNormalization()
    override call(x: tf.Tensor): tf.Tensor {
      return this.norm.apply(this.inner.apply(x))
    }
  }
  class Whole extends Model {
    outer = new Outer()
    override call(x: tf.Tensor): tf.Tensor {
      return this.outer.apply(x)
    }
  }
  const model = new Whole()
  assert.equal(linesOf(model, [null, 4]), [
    'input -> outer.inner.drop',
    'outer.inner.drop -> outer.inner.dense',
    'outer.inner.dense -> outer.norm',
    'outer.norm -> output',
    'output',
  ])
  const { nodes, groups } = layerGraph(model, [null, 4])!
  assert.equal(
    groups.map(({ name, group }) => [name, group]),
    [
      ['outer', undefined],
      ['outer.inner', 0],
    ],
  )
  assert.equal(
    nodes.map(({ group }) => group),
    [undefined, 1, 1, 0, undefined],
  )
})

test('a model of tfjs itself, called twice', () => {
  class Twins extends Model {
    shared = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [4] })] })
    override call(x: tf.Tensor): tf.Tensor {
      return this.shared.apply(this.shared.apply(x)) as tf.Tensor
    }
  }
  const { groups, nodes } = layerGraph(new Twins(), [null, 4])!
  assert.equal(
    nodes.map(({ kind, group }) => [kind, group]),
    [
      ['input', undefined],
      ['layer', 0],
      ['layer', 1],
      ['output', undefined],
    ],
  )
  assert.is(groups.length, 2)
})

test('undefined for a model that cannot be captured', () => {
  class Strange extends Model {
    override call(x: tf.Tensor): tf.Tensor {
      x.dataSync()
      return x
    }
  }
  assert.is(layerGraph(new Strange(), [null, 4]), undefined)
})

test.run()
