import { inScratch, refusal, tieredSuite } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import {
  asModel,
  type Callback,
  checkpoint,
  layers,
  Model,
  type OwnStep,
  readCheckpoint,
  type StepSamples,
  type StepTools,
  sgd,
} from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'

const { test, slow } = tieredSuite('states from batch to batch')

class Sums extends Model {
  readonly rnn = layers.simpleRNN({
    ...{ units: 1, activation: 'linear', useBias: false, stateful: true },
    ...{ kernelInitializer: 'ones', recurrentInitializer: 'ones' },
  })
  override call(x: Tensor): Tensor {
    return this.rnn.apply(x)
  }
}

/** With a step of its own, which calls a stateful layer that the model's call does not. */
class OwnSums extends Sums implements OwnStep {
  readonly other = layers.simpleRNN({
    ...{ units: 1, activation: 'linear', useBias: false, stateful: true },
    ...{ kernelInitializer: 'ones', recurrentInitializer: 'ones' },
  })
  trainStep({ inputs, labels }: StepSamples, { minimize }: StepTools) {
    const x = inputs as Tensor
    const loss = minimize(() => {
      const made = tf.add(this.apply<Tensor>(x), this.other.apply<Tensor>(x))
      return tf.mean(tf.abs(tf.sub(tf.mul(made, 0.5), labels as Tensor)))
    })
    return { loss }
  }
}

/** Two sequences of four steps in two batches: what the second two steps come to goes on from the first two. */
const pieces = () =>
  tf.tensor3d([
    [[1], [2]],
    [[10], [20]],
    [[3], [4]],
    [[30], [40]],
  ])

for (const engine of ['onnxruntime', 'tfjs']) {
  test(`${engine}: the states of a batch are where the next one begins, until they are reset`, () =>
    withoutLeaks(async () => {
      const model = new Sums()
      const x = pieces()
      const options = { engine, batchSize: 2 }
      assert.equal([...(await model.predict(x, options)).data], [3, 30, 10, 100])
      assert.equal([...(await model.predict(x, options)).data], [13, 130, 20, 200])
      model.resetStates()
      assert.equal([...(await model.predict(x, options)).data], [3, 30, 10, 100])
      // Another batch size begins anew.
      assert.equal([...(await model.predict(x, { engine, batchSize: 4 })).data], [3, 30, 7, 70])
      assert.ok(model.stateful)
      x.dispose()
      model.dispose()
    }))

  test(`${engine}: training goes on with them, and a callback resets them`, () =>
    withoutLeaks(async () => {
      const model = new Sums()
      model.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'mean-absolute-error' })
      const [x, y] = [pieces(), tf.zeros([4, 1])]
      const losses: number[] = []
      const callbacks: Callback[] = [
        {
          name: 'reset',
          onEpochBegin(epoch) {
            if (epoch === 2) model.resetStates()
          },
          onBatchEnd: ({ loss }) => void losses.push(loss),
        },
      ]
      await model.fit(x, y, { engine, batchSize: 2, epochs: 3, shuffle: false, callbacks })
      assert.equal(losses, [16.5, 55, 71.5, 110, 16.5, 55])
      tf.dispose([x, y])
      model.dispose()
    }))

  test(`${engine}: a smaller last batch is refused in words`, async () => {
    const model = new Sums()
    model.compile({ optimizer: 'sgd', loss: 'mean-absolute-error' })
    const [x, y] = [pieces(), tf.zeros([4, 1])]
    const options = { engine, batchSize: 3 }
    for (const [name, run] of [
      ['fit', () => model.fit(x, y, options)],
      ['evaluate', () => model.evaluate(x, y, options)],
      ['predict', () => model.predict(x, options)],
    ] as const) {
      assert.is(
        (await refusal(run)).split('\n')[0],
        `${name}: \`batchSize\` must divide the number of samples, for the states of rnn are those of a whole batch, got "4 samples in batches of 3"`,
      )
    }
    tf.dispose([x, y])
    model.dispose()
  })

  for (const [whose, make, declare] of [
    ['', () => new Sums(), test],
    [' of a model with a step of its own', () => new OwnSums(), slow],
  ] as const) {
    declare(`${engine}: they are in checkpoints${whose}`, () =>
      inScratch({}, async (folder) => {
        const train = async (crash: number, resumes: boolean) => {
          const model = make()
          model.compile({ optimizer: sgd({ learningRate: 1e-4 }), loss: 'mean-absolute-error' })
          const [x, y] = [pieces(), tf.zeros([4, 1])]
          const stop: Callback = {
            name: 'stop',
            onBatchEnd({ step }) {
              if (step === crash) throw new Error('crash')
            },
          }
          const resume = resumes ? (await readCheckpoint(folder))?.state : undefined
          const callbacks = [stop, checkpoint(folder, { everySteps: 1 })]
          await model
            .fit(x, y, { engine, batchSize: 2, epochs: 3, shuffle: false, callbacks, resume })
            .catch((error: Error) => assert.is(error.message, 'crash'))
          const { data } = await model.predict(x, { engine, batchSize: 2 })
          tf.dispose([x, y])
          model.dispose()
          return [...data]
        }
        const whole = await train(99, false)
        await train(3, false)
        assert.equal(await train(99, true), whole)
      }),
    )
  }

  test(`${engine}: a step of its own goes on with them, whatever the size of a batch`, () =>
    withoutLeaks(async () => {
      for (const [batchSize, expected] of [
        [2, [16.5, 55, 71.5, 110]],
        [4, [27.5, 55]],
      ] as const) {
        const model = new OwnSums()
        model.compile({ optimizer: sgd({ learningRate: 0 }) })
        const [x, y] = [pieces(), tf.zeros([4, 1])]
        const losses: number[] = []
        const log: Callback = { name: 'log', onBatchEnd: ({ loss }) => void losses.push(loss) }
        await model.fit(x, y, { engine, batchSize, epochs: 2, shuffle: false, callbacks: [log] })
        assert.equal(losses, expected)
        tf.dispose([x, y])
        model.dispose()
      }
    }))
}

test('states of layers in both directions, of convolutions and of cells in a stack', () =>
  withoutLeaks(async () => {
    class Many extends Model {
      readonly both = layers.bidirectional({
        layer: layers.lstm({ units: 2, stateful: true, returnSequences: true }) as never,
        mergeMode: 'concat',
      })
      readonly stack = layers.rnn({
        cell: [layers.gruCell({ units: 2 }), layers.lstmCell({ units: 3 })] as never,
        stateful: true,
      })
      override call(x: Tensor): Tensor {
        return this.stack.apply(this.both.apply(x))
      }
    }
    class Images extends Model {
      readonly conv = layers.convLstm2d({ filters: 2, kernelSize: 2, stateful: true })
      override call(x: Tensor): Tensor {
        return this.conv.apply(x)
      }
    }
    for (const [make, shape] of [
      [() => new Many(), [4, 3, 2]],
      [() => new Images(), [4, 2, 3, 3, 1]],
    ] as const) {
      const model = make()
      const x = tf.ones([...shape])
      const results: (readonly number[])[] = []
      for (const engine of ['tfjs', 'onnxruntime']) {
        model.resetStates()
        const first = await model.predict(x, { engine, batchSize: 2 })
        const second = await model.predict(x, { engine, batchSize: 2 })
        assert.not.equal(first.data, second.data)
        // The second batch of one and the same sequence.
        const row = first.data.length / 4
        assert.not.equal(first.data.slice(0, row), first.data.slice(2 * row, 3 * row))
        results.push([...first.data, ...second.data])
      }
      for (const [index, value] of results[0]!.entries()) {
        assert.ok(Math.abs(value - results[1]![index]!) < 1e-5)
      }
      x.dispose()
      model.dispose()
    }
  }))

test("a stateful network of tfjs's own is freed from the batch size that it was built with", () =>
  withoutLeaks(async () => {
    const network = tf.sequential({
      layers: [
        tf.layers.simpleRNN({
          ...{ units: 1, activation: 'linear', useBias: false, stateful: true },
          ...{ kernelInitializer: 'ones', recurrentInitializer: 'ones' },
          batchInputShape: [3, 2, 1],
        }),
      ],
    })
    const model = asModel(network)
    const x = pieces()
    for (const engine of ['onnxruntime', 'tfjs']) {
      model.resetStates()
      const { data } = await model.predict(x, { engine, batchSize: 2 })
      assert.equal([...data], [3, 30, 10, 100])
    }
    x.dispose()
    model.dispose()
  }))

test('called by hand, a batch of another size is refused in words', () => {
  const model = new Sums()
  const [two, one] = [tf.ones([2, 2, 1]), tf.ones([1, 2, 1])]
  tf.tidy(() => model.apply(two))
  assert.throws(
    () => tf.tidy(() => model.apply(one)),
    /a stateful layer keeps one state for each of the 2 samples of a batch, got \[1, 2, 1\]/,
  )
  tf.dispose([two, one])
  model.dispose()
})

test.run()
