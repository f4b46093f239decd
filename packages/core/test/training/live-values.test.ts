import { tieredSuite } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import type { Callback, Loss } from '../../src/index.ts'
import { Model } from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'
import { output, Probe, round, told, variable } from '../support/live-probe.ts'

const { test, slow } = tieredSuite('what a program reads in JavaScript')

for (const [engine, declare] of [
  ['onnxruntime', test],
  ['tfjs', slow],
] as const) {
  const eachEpoch = (set: (epoch: number) => void): Callback => ({
    name: 'set',
    onEpochBegin: (epoch) => set(epoch),
  })

  declare(`${engine}: whatever a callback sets counts from the next step on`, () =>
    withoutLeaks(async () => {
      class Scale extends tf.layers.Layer {
        static className = 'LiveScale'
        by = 1
        override call(x: Tensor): Tensor {
          return tf.mul(x, this.by)
        }
      }
      class Block extends Model {
        readonly inner = [new Scale()]
        override call(x: Tensor): Tensor {
          return this.inner[0]!.apply(x) as Tensor
        }
      }
      class Anneal {
        value = 1
      }
      const closed = variable(1)
      class Own extends Probe {
        alpha = 1
        isLarge = false
        mode = '1'
        late?: number
        settings = { list: [0, { deep: 1 }] as const }
        readonly anneal = new Anneal()
        readonly table = new Map([['alpha', 1]])
        readonly array = Float32Array.of(0, 1)
        compute = () => 1
        readonly block = new Block()
        tensor = tf.scalar(1)
        readonly own = variable(1)
        replaced = variable(1)
        factor = () =>
          [
            this.alpha,
            this.isLarge ? 10 : 1,
            Number(this.mode),
            this.late ?? 1,
            this.settings.list[1].deep,
            this.anneal.value,
            this.table.get('alpha')!,
            this.array[1]!,
            this.compute(),
            this.block.apply(tf.ones([1, 1])),
            this.tensor,
            this.own,
            closed,
            this.replaced,
          ].reduce<Tensor>((sum, each) => tf.add(sum, each), tf.scalar(0))
      }
      const model = new Own()
      delete model.late
      const assigned = (target: tf.Variable, value: number) =>
        tf.tidy(() => target.assign(tf.scalar(value)))
      const setters: ((value: number) => unknown)[] = [
        (value) => Object.assign(model, { alpha: value }),
        () => Object.assign(model, { isLarge: true }),
        (value) => Object.assign(model, { mode: String(value) }),
        (value) => Object.assign(model, { late: value }),
        (value) => Object.assign(model.settings.list[1], { deep: value }),
        (value) => Object.assign(model.anneal, { value }),
        (value) => model.table.set('alpha', value),
        (value) => model.array.fill(value, 1),
        (value) => Object.assign(model, { compute: () => value }),
        (value) => Object.assign(model.block.inner[0]!, { by: value }),
        (value) => {
          model.tensor.dispose()
          model.tensor = tf.scalar(value)
        },
        (value) => assigned(model.own, value),
        (value) => assigned(closed, value),
        (value) => {
          model.replaced.dispose()
          model.replaced = variable(value)
        },
      ]
      const callbacks = [eachEpoch((epoch) => setters[epoch - 1]?.(10))]
      const { steps, validations } = await told(model, {
        ...{ engine, callbacks, batchSize: 10 },
        epochs: setters.length + 1,
      })
      const expected = Array.from({ length: setters.length + 1 }, (_, set) => 14 + 9 * set)
      assert.equal(steps, expected)
      assert.equal(validations, expected)
      // And in what comes after training.
      model.alpha = 7
      assigned(closed, 7)
      const [x, y] = [tf.ones([3, 2]), tf.zeros([3, 1])]
      const after = expected.at(-1)! - 6
      assert.is(round((await model.evaluate(x, y, { engine })).loss!), after)
      assert.equal([...(await model.predict(x, { engine })).data].map(round), [after, after, after])
      tf.dispose([x, y, closed, model.tensor])
      model.dispose()
    }),
  )

  declare(`${engine}: a field of the loss, and one set within an epoch`, async () => {
    class Own extends Probe {
      factor = () => 1
    }
    const model = new Own()
    const loss = {
      ...output,
      weight: 1,
      perSample(outcome: Parameters<Loss['perSample']>[0]) {
        return tf.mul(output.perSample(outcome), this.weight)
      },
    }
    const callbacks: Callback[] = [
      { name: 'set', onBatchEnd: ({ step }) => void Object.assign(loss, { weight: step + 2 }) },
    ]
    const { steps, validations } = await told(model, { engine, callbacks }, loss)
    assert.equal(steps, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert.equal(validations, [4, 7, 10])
    model.dispose()
  })

  declare(
    `${engine}: a variable that call assigns is counted on, seen by callbacks, and left in the model`,
    () =>
      withoutLeaks(async () => {
        class Own extends Probe {
          readonly count = variable(0, 'int32')
          readonly nested = { mean: tf.tidy(() => tf.variable(tf.zeros([2]))) }
          factor = (training: boolean) => {
            if (training) {
              this.count.assign(tf.add(this.count, tf.scalar(1, 'int32')))
              this.nested.mean.assign(tf.add(tf.mul(this.nested.mean, 0.5), 1))
            }
            return tf.cast(this.count, 'float32')
          }
        }
        const model = new Own()
        const seen: number[] = []
        const callbacks: Callback[] = [
          { name: 'see', onBatchEnd: () => void seen.push(model.count.dataSync()[0]!) },
          {
            name: 'reset',
            onEpochBegin(epoch) {
              if (epoch === 2) tf.tidy(() => model.count.assign(tf.scalar(100, 'int32')))
            },
          },
        ]
        const { steps, validations } = await told(model, { engine, callbacks })
        assert.equal(steps, [1, 2, 3, 4, 5, 6, 101, 102, 103])
        assert.equal(validations, [3, 6, 103])
        assert.equal(seen, steps)
        assert.equal([...model.count.dataSync()], [103])
        const mean = 2 - 2 ** -8
        assert.equal([...model.nested.mean.dataSync()].map(round), [mean, mean].map(round))
        assert.equal(
          model.namedWeights().map(({ name, trainable }) => [name, trainable]),
          [
            ['count', false],
            ['nested.mean', false],
            ['idle.kernel', true],
          ],
        )
        model.dispose()
      }),
  )

  declare(
    `${engine}: a variable assigned in evaluation and prediction keeps what it was assigned`,
    async () => {
      const calls = variable(0)
      class Own extends Probe {
        factor = () => {
          calls.assign(tf.add(calls, 1))
          return calls
        }
      }
      const model = new Own()
      const [x, y] = [tf.ones([5, 2]), tf.zeros([5, 1])]
      model.build([null, 2])
      tf.tidy(() => calls.assign(tf.scalar(0)))
      model.compile({ optimizer: 'adam', loss: output })
      assert.is(
        round((await model.evaluate(x, y, { engine, batchSize: 2 })).loss!),
        round((1 + 1 + 2 + 2 + 3) / 5),
      )
      assert.equal([...calls.dataSync()], [3])
      const { data } = await model.predict(x, { engine, batchSize: 2 })
      assert.equal([...data].map(round), [4, 4, 5, 5, 6])
      assert.equal([...calls.dataSync()], [6])
      tf.dispose([x, y, calls])
      model.dispose()
    },
  )

  declare(`${engine}: two variables that share their numbers are two`, async () => {
    const online = variable(1)
    const target = variable(0)
    const start = tf.scalar(1)
    class Own extends Probe {
      factor = (training: boolean) => {
        if (training) online.assign(tf.add(online, start) as tf.Scalar)
        return tf.add(tf.mul(online, 100), target)
      }
    }
    const model = new Own()
    // tfjs makes them one tensor, as `start` is one with what `online` was made of.
    online.assign(start)
    target.assign(online)
    const sync: Callback = { name: 'sync', onEpochBegin: () => target.assign(online) }
    const { steps } = await told(model, { engine, callbacks: [sync] })
    assert.equal(steps, [201, 301, 401, 504, 604, 704, 807, 907, 1007])
    assert.equal([...start.dataSync()], [1])
    tf.dispose([online, target, start])
    model.dispose()
  })
}

test.run()
