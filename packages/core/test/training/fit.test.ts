import { inScratch } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Callback,
  checkpoint,
  type Engine,
  type EngineSession,
  type FitOptions,
  layers,
  Model,
  readCheckpoint,
  sgd,
  tfjsEngine,
} from '../../src/index.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'
import { points, stripes } from '../support/points.ts'
import { compiledClassifier, numbersOf } from '../support/tiny-models.ts'

const test = suite('fit')
const engine = 'tfjs'

test('learns', async () => {
  const model = compiledClassifier()
  const history = await model.fit(points(60), { epochs: 8, batchSize: 16, engine })
  assert.is(history.outcome, 'finished')
  assert.is(history.steps, 8 * 4)
  assert.equal(Object.keys(history.metrics), ['loss', 'accuracy'])
  const { loss, accuracy } = history.metrics
  assert.ok(loss!.at(-1)! < loss![0]! / 2, String(loss))
  assert.ok(accuracy!.at(-1)! > 0.9, String(accuracy))
  const evaluated = await model.evaluate(points(30, 8), { engine })
  assert.ok(evaluated.accuracy! > 0.9)
  model.dispose()
})

/** The engine tfjs, and in what order it is told of sizes to come, runs and ends of steps. */
function recordingOrder() {
  const told: string[] = []
  const inner = tfjsEngine()
  const engine: Engine = {
    ...inner,
    async open(...args) {
      const session = await inner.open(...args)
      const prepare: EngineSession['prepare'] = (program) => {
        const prepared = session.prepare(program)
        return {
          ...prepared,
          warm: async (sizes, { run = true } = {}) =>
            void told.push(`warm ${[...sizes]}${run ? ' by a run' : ''}`),
          run(size, feeds) {
            told.push(`run ${size}`)
            return prepared.run(size, feeds)
          },
        }
      }
      return { ...session, prepare }
    },
  }
  const callback: Callback = { name: 'order', onBatchEnd: () => void told.push('ended') }
  return { told, options: { engine, callbacks: [callback] } satisfies FitOptions }
}

test('the first step waits for no other batch size, and the second has all of them and what the first ran once more', async () => {
  const model = compiledClassifier()
  const { told, options } = recordingOrder()
  await model.fit(points(10), { batchSize: 4, ...options })
  const first = ['warm 4', 'run 4', 'ended']
  const rest = ['run 4', 'ended', 'run 2', 'ended']
  assert.equal(told.splice(0), [...first, 'warm 2', 'warm 4', ...rest])
  await model.fit(points(3), { batchSize: 4, ...options })
  assert.equal(told, ['warm 3', 'run 3', 'ended'])
  model.dispose()
})

test('of gathered gradients and updates, the first step waits for that which it runs', async () => {
  const model = compiledClassifier()
  const { told, options } = recordingOrder()
  await model.fit(points(10), { batchSize: 4, accumulate: 2, ...options })
  const first = ['warm 4', 'run 4', 'ended']
  const rest = ['run 4', 'ended', 'run 2', 'ended']
  assert.equal(told, [...first, 'warm 4,2', ...rest])
  model.dispose()
})

test('a run that goes on waits for the batch size and the program that come first', () =>
  inScratch({}, async (folder) => {
    const model = compiledClassifier()
    const { told, options } = recordingOrder()
    const given = { batchSize: 4, accumulate: 2, ...options }
    const stop: Callback = {
      name: 'stop',
      onBatchEnd: ({ batch }, run) => {
        if (batch === 1) run.stop('enough')
      },
    }
    const callbacks = [stop, checkpoint(folder)]
    await model.fit(points(10), { ...given, callbacks })
    told.length = 0
    const { state } = (await readCheckpoint(folder))!
    const goesOn = { ...state, progress: { ...state.progress, stopped: undefined } }
    await model.fit(points(10), { ...given, resume: goesOn })
    // The third batch of an epoch, two samples, and the last update of it.
    assert.equal(told.slice(0, 3), ['warm 2', 'run 2', 'ended'])
    model.dispose()
  }))

test('a run of a single step gets nothing else ready', async () => {
  const model = compiledClassifier()
  const { told, options } = recordingOrder()
  const stop: Callback = { name: 'stop', onBatchEnd: (_, run) => run.stop('enough') }
  await model.fit(points(10), { batchSize: 4, ...options, callbacks: [stop] })
  assert.equal(told, ['warm 4', 'run 4'])
  model.dispose()
})

test('leaves no tensor behind but the weights', async () => {
  const model = compiledClassifier()
  const options = { epochs: 1, batchSize: 16, engine, validationData: points(10) }
  await withoutLeaks(() => model.fit(points(40), options), 8)
  await withoutLeaks(() => model.fit(points(40), options))
  await withoutLeaks(() => model.evaluate(points(10), { engine }))
  await withoutLeaks(() => model.predict(points(10), { engine }))
  model.dispose()
})

test('the same seed trains to the same weights, another one does not', async () => {
  const train = async (seed: number) => {
    const model = compiledClassifier()
    await model.fit(points(40), { epochs: 2, batchSize: 16, seed, engine })
    const numbers = numbersOf(model)
    model.dispose()
    return numbers
  }
  const first = await train(3)
  assert.equal(await train(3), first)
  assert.not.equal(await train(4), first)
})

test('the smaller last batch counts by its samples', async () => {
  const model = compiledClassifier(sgd({ learningRate: 0 }))
  const data = points(10)
  const history = await model.fit(data, { batchSize: 4, engine, shuffle: false })
  assert.is(history.steps, 3)
  const whole = compiledClassifier(sgd({ learningRate: 0 }))
  const sizes: number[] = []
  const losses: number[] = []
  const callback: Callback = {
    name: 'sizes',
    onBatchEnd({ size, loss }) {
      sizes.push(size)
      losses.push(loss)
    },
  }
  await whole.fit(data, { batchSize: 4, engine, shuffle: false, callbacks: [callback] })
  assert.equal(sizes, [4, 4, 2])
  allClose(history.metrics.loss!, [(4 * losses[0]! + 4 * losses[1]! + 2 * losses[2]!) / 10])
  model.dispose()
  whole.dispose()
})

test('byte inputs reach the model scaled to 0..1', async () => {
  class Mean extends Model {
    readonly scale = layers.dense({ units: 1, kernelInitializer: 'ones', useBias: false })
    override call(x: Tensor): Tensor {
      return this.scale.apply(tf.mean(x, [1, 2]))
    }
  }
  const model = new Mean()
  const data = stripes(3)
  const { data: found, shape } = await model.predict(data, { engine })
  assert.equal(shape, [3, 1])
  const means = [0, 1, 2].map((row) => {
    const pixels = data.inputs.subarray(row * 36, row * 36 + 36)
    return Array.from(pixels).reduce((sum, value) => sum + value, 0) / 36 / 255
  })
  allClose(found, means)
  model.dispose()
})

test('dropout differs between steps and repeats with the seed', async () => {
  class Dropping extends Model {
    readonly drop = layers.dropout({ rate: 0.5 })
    readonly head = layers.dense({ units: 3, activation: 'softmax' })
    override call(x: Tensor): Tensor {
      return this.head.apply(this.drop.apply(x))
    }
  }
  const lossesOf = async (seed: number) => {
    const model = new Dropping()
    model.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'sparse-categorical-crossentropy' })
    model.build([null, 4])
    const losses: number[] = []
    const callbacks = [
      { name: 'losses', onBatchEnd: (log: { loss: number }) => void losses.push(log.loss) },
    ]
    await model.fit(points(8), { epochs: 2, batchSize: 8, seed, engine, shuffle: false, callbacks })
    model.dispose()
    return losses
  }
  const first = await lossesOf(1)
  assert.not.equal(first[0], first[1], 'the same data and weights, another mask')
  assert.equal(await lossesOf(1), first)
  assert.not.equal(await lossesOf(2), first)
})

test('validation leaves training as it is', async () => {
  const train = async (validationData?: FitOptions['validationData']) => {
    const model = compiledClassifier()
    const { metrics } = await model.fit(points(20), {
      batchSize: 8,
      epochs: 2,
      engine,
      validationData,
    })
    const numbers = numbersOf(model)
    model.dispose()
    return { numbers, loss: metrics.loss }
  }
  assert.equal(await train(points(9, 1)), await train())
})

test('a later fit goes on where the optimizer was', async () => {
  const together = compiledClassifier()
  await together.fit(points(16), { epochs: 4, batchSize: 8, engine })
  const apart = compiledClassifier()
  await apart.fit(points(16), { epochs: 2, batchSize: 8, engine })
  await apart.fit(points(16), { epochs: 4, initialEpoch: 2, batchSize: 8, engine })
  assert.equal(numbersOf(apart), numbersOf(together))
  together.dispose()
  apart.dispose()
})

test('a loss that is no number stops with the step and what to try', async () => {
  const model = compiledClassifier()
  const data = points(8)
  data.inputs[17] = Number.NaN
  const outcomes: string[] = []
  const callbacks: Callback[] = [
    { name: 'end', onTrainEnd: ({ outcome }) => void outcomes.push(outcome) },
  ]
  await withoutLeaks(async () => {
    try {
      await model.fit(data, { batchSize: 4, engine, shuffle: false, callbacks })
      assert.unreachable()
    } catch (error) {
      assert.is((error as Error).name, 'TrainingError')
      assert.match(
        (error as Error).message,
        /^step 1: the loss must stay a number, got NaN\n {2}Try a learning rate below 0\.05 or a warm-up, look for NaN/,
      )
    }
  }, 8)
  assert.equal(outcomes, ['failed'])
  model.dispose()
})

test('tensors can be trained on and are not kept', async () => {
  const model = compiledClassifier()
  model.build([null, 4])
  const x = tf.randomUniform([8, 4], 0, 1, 'float32', 1)
  const y = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1], 'int32')
  const history = await withoutLeaks(() => model.fit(x, y, { engine, epochs: 2 }))
  assert.is(history.steps, 2)
  const evaluated = await model.evaluate(x, y, { engine })
  assert.ok(Number.isFinite(evaluated.loss))
  try {
    await model.fit(x, { epochs: 1 } as never)
    assert.unreachable()
  } catch (error) {
    assert.match(
      (error as Error).message,
      /^fit: a tensor of inputs must be followed by a tensor of labels/,
    )
  }
  tf.dispose([x, y])
  model.dispose()
})

test('regularizers add to the loss, constraints hold after each step', async () => {
  class Regular extends Model {
    readonly head = layers.dense({
      units: 3,
      activation: 'softmax',
      kernelRegularizer: tf.regularizers.l2({ l2: 10 }),
      biasConstraint: tf.constraints.nonNeg(),
    })
    override call(x: Tensor): Tensor {
      return this.head.apply(x)
    }
  }
  const model = new Regular()
  model.compile({ optimizer: sgd({ learningRate: 0.01 }), loss: 'sparse-categorical-crossentropy' })
  model.build([null, 4])
  const squares = model.head
    .getWeights()[0]!
    .dataSync<'float32'>()
    .reduce((sum, w) => sum + w * w, 0)
  const before = await model.evaluate(points(8), { engine })
  const { metrics } = await model.fit(points(8), { batchSize: 8, engine })
  allClose(metrics.loss!, [before.loss!])
  assert.ok(before.loss! > 10 * squares)
  const after = model.head
    .getWeights()[0]!
    .dataSync<'float32'>()
    .reduce((sum, w) => sum + w * w, 0)
  assert.ok(after < squares)
  assert.ok([...model.head.getWeights()[1]!.dataSync()].every((b) => b >= 0))
  model.dispose()
})

test.run()
