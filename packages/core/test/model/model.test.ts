import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CallArgs, layers, Model } from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'
import { IdentityBlock, MiniResNet, ResNet18 } from '../support/lesson.ts'
import { TinyClassifier } from '../support/tiny-models.ts'

const test = suite('Model')

for (const [name, make, parameters] of [
  ['MiniResNet', () => new MiniResNet(10), 152_842],
  ['ResNet-18', () => new ResNet18(10), 11_189_770],
] as const) {
  test(`${name} has the parameters that Keras counts for the same code`, () => {
    const model = make()
    model.build([null, 28, 28, 1])
    assert.is(model.countParams(), parameters)
    model.dispose()
  })
}

test('finds layers in fields, arrays, objects and models, in order, once each', () => {
  const shared = layers.dense({ units: 4 })
  class Parts extends Model {
    readonly first = layers.dense({ units: 4 })
    readonly list = [shared, [layers.dense({ units: 4 })]]
    readonly named = { left: layers.dense({ units: 4 }), again: shared }
    readonly inner = new TinyClassifier(4)
    readonly notALayer = { units: 4, around: null as unknown }
    override call(x: Tensor): Tensor {
      return this.inner.apply(shared.apply(this.named.left.apply(this.first.apply(x))))
    }
  }
  const model = new Parts()
  // A loop among plain objects must not hang the search.
  model.notALayer.around = model.notALayer
  assert.equal(
    model.sublayers().map(({ path, depth }) => `${depth} ${path}`),
    [
      '0 first',
      '0 list.0',
      '0 list.1.0',
      '0 named.left',
      '0 inner',
      '1 inner.hidden',
      '1 inner.norm',
      '1 inner.head',
    ],
  )
  model.build([null, 4])
  assert.equal(
    model.namedWeights().map(({ name, shape, trainable }) => `${name} ${shape} ${trainable}`),
    [
      'first.kernel 4,4 true',
      'first.bias 4 true',
      'list.0.kernel 4,4 true',
      'list.0.bias 4 true',
      'named.left.kernel 4,4 true',
      'named.left.bias 4 true',
      'inner.hidden.kernel 4,8 true',
      'inner.hidden.bias 8 true',
      'inner.norm.gamma 8 true',
      'inner.norm.beta 8 true',
      'inner.norm.moving_mean 8 false',
      'inner.norm.moving_variance 8 false',
      'inner.head.kernel 8,4 true',
      'inner.head.bias 4 true',
    ],
    'list.1.0 is never called, so it has no weights',
  )
  assert.is(model.trainableWeights.length, 12)
  assert.is(model.nonTrainableWeights.length, 2)
  model.dispose()
})

test('finds the layers inside wrappers, recurrent layers and tfjs models', () => {
  class Parts extends Model {
    readonly rnn = layers.bidirectional({
      layer: layers.lstm({ units: 2, returnSequences: true }),
      mergeMode: 'concat',
    })
    readonly each = layers.timeDistributed({ layer: layers.dense({ units: 3 }) })
    readonly stack = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [5, 3] }),
        tf.layers.dense({ units: 2, name: 'out' }),
      ],
    })
    override call(x: Tensor): Tensor {
      return this.stack.apply(this.each.apply(this.rnn.apply(x))) as Tensor
    }
  }
  const model = new Parts()
  model.build([null, 5, 4])
  assert.equal(
    model.namedWeights().map(({ name }) => name),
    [
      'rnn.forwardLayer.cell.kernel',
      'rnn.forwardLayer.cell.recurrent_kernel',
      'rnn.forwardLayer.cell.bias',
      'rnn.backwardLayer.cell.kernel',
      'rnn.backwardLayer.cell.recurrent_kernel',
      'rnn.backwardLayer.cell.bias',
      'each.layer.kernel',
      'each.layer.bias',
      'stack.out.kernel',
      'stack.out.bias',
    ],
  )
  model.dispose()
})

test('names stay apart where paths would meet', () => {
  class Meeting extends Model {
    readonly a = { b: layers.dense({ units: 2 }) }
    readonly 'a.b' = layers.dense({ units: 2 })
    override call(x: Tensor): Tensor {
      return this['a.b'].apply(this.a.b.apply(x))
    }
  }
  const model = new Meeting()
  model.build([null, 2])
  assert.equal(
    model.namedWeights().map(({ name }) => name),
    ['a.b.kernel', 'a.b.bias', 'a.b.kernel_1', 'a.b.bias_1'],
  )
  model.dispose()
})

/** Tells what `training` was when it was called. */
class Probe extends tf.layers.Layer {
  static className = 'Probe'
  seen: unknown[] = []
  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    this.seen.push(kwargs.training)
    return Array.isArray(inputs) ? inputs[0]! : inputs
  }
  override computeOutputShape<Shape>(shape: Shape): Shape {
    return shape
  }
}

test('training reaches every layer without being passed on', () => {
  const probes = [new Probe(), new Probe({ inputShape: [2] }), new Probe(), new Probe()]
  class Inner extends Model {
    readonly probe = probes[0]!
    override call(x: Tensor): Tensor {
      return this.probe.apply(x) as Tensor
    }
  }
  class Outer extends Model {
    readonly inner = new Inner()
    readonly stack = tf.sequential({ layers: [probes[1]!] })
    readonly fixed = probes[2]!
    readonly last = { probe: probes[3]! }
    override call(x: Tensor, kwargs: CallArgs): Tensor {
      const y = this.stack.apply(this.inner.apply(x)) as Tensor
      const z = this.fixed.apply(y, { training: false }) as Tensor
      assert.type(kwargs.training, 'boolean')
      return this.last.probe.apply(z) as Tensor
    }
  }
  const model = new Outer()
  model.build([null, 2])
  for (const probe of probes) probe.seen = []
  tf.tidy(() => {
    const x = tf.ones([1, 2])
    model.apply(x, { training: true })
    model.apply(x)
  })
  assert.equal(
    probes.map(({ seen }) => seen),
    [
      [true, false],
      [true, false],
      [false, false],
      [true, false],
    ],
  )
})

test('batch norm learns its statistics in training only', async () => {
  const model = new TinyClassifier()
  model.build([null, 4])
  const mean = () => [...model.norm.getWeights()[2]!.dataSync()]
  tf.tidy(() => void model.apply(tf.ones([2, 4])))
  assert.equal(mean(), Array(8).fill(0))
  tf.tidy(() => void model.apply(tf.ones([2, 4]), { training: true }))
  assert.ok(mean().some((value) => value !== 0))
  model.dispose()
})

test('a layer object in two models serves both, each under its own name', () => {
  const shared = layers.dense({ units: 2 })
  class A extends Model {
    readonly mine = shared
    override call(x: Tensor): Tensor {
      return this.mine.apply(x)
    }
  }
  class B extends Model {
    readonly theirs = [shared]
    override call(x: Tensor): Tensor {
      return this.theirs[0]!.apply(x)
    }
  }
  const a = new A()
  const b = new B()
  a.build([null, 3])
  b.build([null, 3])
  assert.equal(
    a.namedWeights().map(({ name }) => name),
    ['mine.kernel', 'mine.bias'],
  )
  assert.equal(
    b.namedWeights().map(({ name }) => name),
    ['theirs.0.kernel', 'theirs.0.bias'],
  )
  assert.is(a.namedWeights()[0]!.variable, b.namedWeights()[0]!.variable)
  a.dispose()
  assert.is(b.dispose().numDisposedVariables, 0, 'they were freed by the first')
})

test('one seed governs all initial weights', () => {
  const weightsOf = (seed: number) => {
    const model = new TinyClassifier(3, seed)
    model.build([null, 4])
    const numbers = model.namedWeights().flatMap(({ variable }) => [...variable.dataSync()])
    model.dispose()
    return numbers
  }
  assert.equal(weightsOf(1), weightsOf(1))
  assert.not.equal(weightsOf(1), weightsOf(2))
})

test('weights do not depend on what else drew random numbers, nor on the other layers', () => {
  class Two extends Model {
    readonly a = layers.dense({ units: 3 })
    readonly b = layers.dense({ units: 3 })
    override call(x: Tensor): Tensor {
      return this.b.apply(this.a.apply(x))
    }
  }
  class Swapped extends Two {
    override call(x: Tensor): Tensor {
      return this.a.apply(this.b.apply(x))
    }
  }
  const [two, swapped] = [new Two(), new Swapped()]
  two.build([null, 3])
  Math.random()
  swapped.build([null, 3])
  const numbers = (model: Two) =>
    model.namedWeights().map(({ variable }) => [...variable.dataSync()])
  assert.equal(numbers(two), numbers(swapped))
  assert.not.equal(numbers(two)[0], numbers(two)[2], 'equal shapes, different numbers')
  two.dispose()
  swapped.dispose()
})

test('build computes nothing, makes the weights real and leaks nothing', async () => {
  const model = new IdentityBlock(4, 3)
  await withoutLeaks(() => model.build([null, 8, 8, 4]), 12)
  assert.ok(model.built)
  assert.equal(model.inputShape, [null, 8, 8, 4])
  assert.is(model.namedWeights()[0]!.variable.dataSync().length, 3 * 3 * 4 * 4)
  assert.equal(model.computeOutputShape([null, 6, 6, 4]), [null, 6, 6, 4])
  await withoutLeaks(() => void model.dispose(), -12)
})

test('weights of its own are created in build, seeded and named', () => {
  class Scaled extends Model {
    scale: tf.LayerVariable | undefined
    readonly dense = layers.dense({ units: 2 })
    override build(shape: (number | null)[]): void {
      this.scale = this.addWeight('scale', [2], 'float32', tf.initializers.randomNormal({}))
      super.build(shape)
    }
    override call(x: Tensor): Tensor {
      return this.dense.apply(x).mul(this.scale!.read())
    }
  }
  const numbers = [0, 1].map(() => {
    const model = new Scaled()
    model.build([null, 3])
    assert.equal(
      model.namedWeights().map(({ name }) => name),
      ['scale', 'dense.kernel', 'dense.bias'],
    )
    const scale = [...model.scale!.read().dataSync()]
    model.dispose()
    return scale
  })
  assert.equal(numbers[0], numbers[1])
})

test('freezing a model or a layer takes its weights out of training', () => {
  const model = new TinyClassifier()
  model.hidden.trainable = false
  model.build([null, 4])
  const trainable = () =>
    model.namedWeights().flatMap(({ name, trainable }) => (trainable ? [name] : []))
  assert.equal(trainable(), ['norm.gamma', 'norm.beta', 'head.kernel', 'head.bias'])
  model.trainable = false
  assert.equal(trainable(), [])
  model.trainable = true
  assert.is(trainable().length, 6)
  model.dispose()
})

test('stands as a layer in tfjs models', () => {
  const block = new TinyClassifier(2)
  const input = tf.input({ shape: [4] })
  const output = block.apply(input)
  const functional = tf.model({ inputs: input, outputs: output })
  assert.equal(functional.outputs[0]!.shape, [null, 2])
  assert.is(functional.countParams(), block.countParams())
  tf.tidy(() => {
    const x = tf.ones([1, 4])
    assert.equal((functional.predict(x) as Tensor).dataSync(), block.apply(x).dataSync())
  })
  block.dispose()
})

test('an impossible shape is an error with the layer, the shapes and the reason', () => {
  class Wide extends Model {
    readonly block = new IdentityBlock(8, 3)
    override call(x: Tensor): Tensor {
      return this.block.apply(x)
    }
  }
  assert.throws(
    () => new Wide().build([null, 6, 6, 4]),
    (error: Error) => {
      assert.is(error.name, 'ShapeError')
      assert.match(
        error.message,
        /^block\.add: inputs must fit the Add layer, got \[\[1, 6, 6, 8\], \[1, 6, 6, 4\]\]\n/,
      )
      return true
    },
  )
  assert.throws(
    () => new TinyClassifier().build([4]),
    /^hidden: inputs must fit the Dense layer, got \[\[4\]\]/,
  )
})

test('a model that failed to build can be built with another shape', () => {
  const model = new IdentityBlock(4, 3)
  assert.throws(() => model.build([null, 6, 6]))
  assert.not(model.built)
})

test('an error in the code of a layer is left as it is', () => {
  class Broken extends Model {
    override call(): Tensor {
      throw new TypeError('x is undefined')
    }
  }
  assert.throws(
    () => new Broken().build([null, 2]),
    (error: Error) => error instanceof TypeError && error.message === 'x is undefined',
  )
})

test('training before compile says what to call', async () => {
  const model = new TinyClassifier()
  const x = tf.ones([2, 4])
  try {
    await model.fit(x, x)
    assert.unreachable()
  } catch (error) {
    assert.match(
      (error as Error).message,
      /^TinyClassifier\.fit: the model must be compiled first\n {2}Call compile\(/,
    )
  }
  x.dispose()
})

test.run()
