import { inScratch, refusal, tieredSuite } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { adam, type Callback, checkpoint, layers, Model, readCheckpoint } from '../../src/index.ts'
import { Probe, told, variable } from '../support/live-probe.ts'

const { test, slow } = tieredSuite('layers that callbacks freeze, and what a run goes on with')

for (const [engine, declare] of [
  ['onnxruntime', test],
  ['tfjs', slow],
] as const) {
  declare(
    `${engine}: a layer that is frozen after an epoch is left alone, and goes on when it is thawed`,
    async () => {
      class Own extends Model {
        readonly first = layers.dense({ units: 3, useBias: false })
        readonly norm = layers.batchNormalization({ momentum: 0.5 })
        readonly last = layers.dense({ units: 1 })
        override call(x: Tensor): Tensor {
          return this.last.apply(this.norm.apply(this.first.apply(x)))
        }
      }
      const weightsAfter = async (trainable: (epoch: number) => boolean) => {
        const model = new Own()
        model.compile({
          optimizer: adam({ learningRate: 0.05, average: 0.9 }),
          loss: 'mean-squared-error',
        })
        const snapshots: Record<string, number[]>[] = []
        const callback: Callback = {
          name: 'freeze',
          onEpochEnd({ epoch }, run) {
            run.sync()
            const values = model
              .namedWeights()
              .map(({ name, variable }) => [name, [...variable.dataSync()]])
            snapshots.push(Object.fromEntries(values) as Record<string, number[]>)
            for (const layer of [model.first, model.norm]) layer.trainable = trainable(epoch + 1)
          },
        }
        const x = tf.randomUniform([10, 2], -1, 1, 'float32', 5)
        const y = tf.sum(x, 1, true)
        await model.fit(x, y, { engine, batchSize: 4, epochs: 4, seed: 1, callbacks: [callback] })
        tf.dispose([x, y])
        model.dispose()
        return snapshots
      }
      const always = await weightsAfter(() => true)
      const once = await weightsAfter((epoch) => epoch !== 1 && epoch !== 2)
      const never = await weightsAfter((epoch) => epoch < 1)
      assert.equal(once[0], always[0])
      for (const name of ['first.kernel', 'norm.gamma', 'norm.moving_mean']) {
        assert.equal(once[1]![name], once[0]![name], name)
        assert.equal(once[2]![name], once[0]![name], name)
        assert.not.equal(once[3]![name], once[2]![name], name)
        assert.equal(never[3]![name], never[0]![name], name)
        assert.not.equal(always[1]![name], always[0]![name], name)
      }
      assert.not.equal(once[1]!['last.kernel'], once[0]!['last.kernel'])
    },
  )

  declare(
    `${engine}: a layer that is thawed for the first time begins with slots of its own`,
    async () => {
      class Own extends Model {
        readonly first = layers.dense({ units: 3 })
        readonly last = layers.dense({ units: 1 })
        override call(x: Tensor): Tensor {
          return this.last.apply(this.first.apply(x))
        }
      }
      const model = new Own()
      model.first.trainable = false
      model.compile({ optimizer: adam({ average: 0.5 }), loss: 'mean-squared-error' })
      const kernels: number[][] = []
      const slots: string[][] = []
      const callback: Callback = {
        name: 'thaw',
        onEpochEnd({ epoch }, run) {
          kernels.push([...run.weights().get('first.kernel')!.data])
          slots.push(Object.keys(run.optimizerState()).sort())
          if (epoch === 0) model.first.trainable = true
        },
      }
      const [x, y] = [tf.ones([8, 2]), tf.ones([8, 1])]
      await model.fit(x, y, { engine, batchSize: 4, epochs: 3, callbacks: [callback] })
      assert.equal(
        slots[0]!.filter((name) => name.includes('first')),
        [],
      )
      assert.is(slots[1]!.filter((name) => name.includes('first')).length, 6)
      // The average begins with the weight, not with zero.
      for (const [index, value] of kernels[0]!.entries()) {
        assert.ok(Math.abs(kernels[1]![index]! - value) < 0.01)
      }
      assert.not.equal(kernels[1], kernels[0])
      tf.dispose([x, y])
      model.dispose()
    },
  )

  declare(`${engine}: what callbacks changed is as it was when a run goes on`, async () => {
    class Own extends Model {
      readonly first = layers.dense({ units: 3 })
      readonly last = layers.dense({ units: 1 })
      readonly seen = variable(0)
      alpha = 1
      override call(x: Tensor, { training }: { training?: boolean }): Tensor {
        if (training) this.seen.assign(tf.add(this.seen, this.alpha))
        const hidden = tf.mul(this.first.apply(x), this.alpha)
        return tf.add(this.last.apply(hidden), tf.mul(this.seen, 0.01))
      }
    }
    const train = async (folder: string, crash: number, resumes: boolean) => {
      const model = new Own()
      model.compile({ optimizer: adam({ learningRate: 0.05 }), loss: 'mean-squared-error' })
      const change: Callback = {
        name: 'change',
        // Acts at one moment only.
        onBatchEnd({ step }) {
          if (step === 2) model.first.trainable = false
          if (step === 3) model.alpha = 2
          if (step === crash) throw new Error('crash')
        },
      }
      const x = tf.randomUniform([10, 2], -1, 1, 'float32', 5)
      const y = tf.sum(x, 1, true)
      const found = resumes ? await readCheckpoint(folder) : undefined
      const callbacks = [change, checkpoint(folder, { everySteps: 1 })]
      try {
        await model.fit(x, y, {
          ...{ engine, batchSize: 4, epochs: 3, seed: 1, callbacks },
          resume: found?.state,
        })
      } catch (error) {
        assert.is((error as Error).message, 'crash')
      } finally {
        tf.dispose([x, y])
      }
      const numbers = model.namedWeights().map(({ variable }) => [...variable.dataSync()])
      model.dispose()
      return { numbers, alpha: model.alpha, trainable: model.first.trainable, found }
    }
    const whole = await inScratch({}, (folder) => train(folder, 99, false))
    assert.equal([whole.alpha, whole.trainable], [2, false])
    for (const crash of [1, 6]) {
      await inScratch({}, async (folder) => {
        await train(folder, crash, false)
        const { found, ...again } = await train(folder, 99, true)
        assert.equal(again, { numbers: whole.numbers, alpha: 2, trainable: false }, `step ${crash}`)
        const { changed } = found!.state.progress
        if (crash === 1) assert.is(changed, undefined)
        if (crash === 6) assert.is(changed!['model.alpha'], 2)
      })
    }
  })

  declare(`${engine}: a run does not go on with fields that the model lacks`, async () => {
    class Own extends Probe {
      alpha = 1
      factor = () => this.alpha
    }
    await inScratch({}, async (folder) => {
      const model = new Own()
      const set: Callback = {
        name: 'set',
        onBatchEnd: () => void Object.assign(model, { alpha: Number.POSITIVE_INFINITY }),
      }
      const crash: Callback = {
        name: 'crash',
        onSettled({ step }) {
          if (step === 1) throw new Error('crash')
        },
      }
      const callbacks = [set, checkpoint(folder, { everySteps: 1 }), crash]
      await told(model, { engine, callbacks }).catch(() => undefined)
      const { state } = (await readCheckpoint(folder))!
      assert.equal(state.progress.changed, { 'model.alpha': Number.POSITIVE_INFINITY })
      class Other extends Probe {
        factor = () => 1
      }
      const other = new Other()
      const message = await refusal(() => told(other, { engine, resume: state }))
      assert.is(
        message.split('\n')[0],
        'fit: the fields that a run has changed must be there when it goes on, got ["model.alpha"]',
      )
      model.dispose()
      other.dispose()
    })
  })
}

test.run()
