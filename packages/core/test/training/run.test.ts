import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adam, type Callback, constant, cosineDecay, sgd } from '../../src/index.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'
import { points } from '../support/points.ts'
import { compiledClassifier, numbersOf } from '../support/tiny-models.ts'

const test = suite('a training run')
const engine = 'tfjs'

test('callbacks see the whole run, in order', async () => {
  const model = compiledClassifier(adam({ learningRate: cosineDecay({ initial: 0.1 }) }))
  const seen: string[] = []
  const rates: number[] = []
  const callback: Callback = {
    name: 'seen',
    onTrainBegin: ({ totalSteps, stepsPerEpoch, samples, engine }) =>
      void seen.push(`begin ${totalSteps} ${stepsPerEpoch} ${samples} ${engine}`),
    onEpochBegin: (epoch) => void seen.push(`epoch ${epoch}`),
    onBatchEnd(log, run) {
      seen.push(`${log.epoch}.${log.batch} = ${log.step}`)
      rates.push(log.learningRate)
      assert.ok(run.metrics().loss! > 0)
      assert.is(run.step, log.step + 1)
    },
    async onEpochEnd({ epoch, metrics }) {
      await new Promise(setImmediate)
      seen.push(`end ${epoch} ${Object.keys(metrics)}`)
    },
    onTrainEnd: ({ outcome }) => void seen.push(outcome),
  }
  await model.fit(points(8), {
    epochs: 2,
    batchSize: 4,
    engine,
    callbacks: [callback],
    validationSplit: 0.25,
  })
  assert.equal(seen, [
    'begin 4 2 6 tfjs',
    'epoch 0',
    '0.0 = 0',
    '0.1 = 1',
    'end 0 loss,accuracy,val_loss,val_accuracy',
    'epoch 1',
    '1.0 = 2',
    '1.1 = 3',
    'end 1 loss,accuracy,val_loss,val_accuracy',
    'finished',
  ])
  allClose(
    rates,
    [0, 1, 2, 3].map((step) => 0.05 * (1 + Math.cos((Math.PI * step) / 4))),
  )
  model.dispose()
})

test('a callback can stop the run, change the rate, and put weights back', async () => {
  const model = compiledClassifier(sgd({ learningRate: constant(0.5) }))
  model.build([null, 4])
  const start = numbersOf(model)
  let rate = 0
  const callback: Callback = {
    name: 'control',
    onBatchEnd(log, run) {
      rate = log.learningRate
      run.learningRateFactor = 0.1
      if (log.step < 2) return
      run.sync()
      assert.not.equal(numbersOf(model), start)
      let offset = 0
      for (const { variable, shape } of model.namedWeights()) {
        const values = start.slice(offset, offset + variable.size)
        offset += variable.size
        tf.tidy(() => void variable.assign(tf.tensor(values, [...shape])))
      }
      run.reload()
      run.stop('enough')
    },
  }
  const history = await model.fit(points(40), {
    batchSize: 8,
    epochs: 3,
    engine,
    callbacks: [callback],
  })
  assert.is(history.outcome, 'stopped')
  assert.is(history.reason, 'enough')
  assert.is(history.steps, 3)
  assert.equal(history.epochs, [], 'an epoch that was cut short is none')
  allClose([rate], [0.05])
  assert.equal(numbersOf(model), start)
  model.dispose()
})

test('an abort signal stops after the step', async () => {
  const model = compiledClassifier()
  const controller = new AbortController()
  const callback: Callback = {
    name: 'abort',
    onBatchEnd: ({ step }) => {
      if (step === 1) controller.abort(new Error('Ctrl-C'))
    },
  }
  const options = { batchSize: 8, engine, callbacks: [callback], signal: controller.signal }
  const history = await model.fit(points(40), options)
  assert.is(history.steps, 2)
  assert.is(history.reason, 'Ctrl-C')
  model.dispose()
})

test('a signal that is aborted already allows no step', async () => {
  const model = compiledClassifier()
  const signal = AbortSignal.abort('not now')
  const history = await model.fit(points(8), { engine, signal })
  assert.is(history.steps, 0)
  assert.is(history.outcome, 'stopped')
  assert.is(history.reason, 'not now')
  model.dispose()
})

test('an error in a callback leaves nothing behind and comes out', async () => {
  const model = compiledClassifier()
  model.build([null, 4])
  const callbacks: Callback[] = [
    {
      name: 'broken',
      onEpochBegin() {
        throw new RangeError('no disk')
      },
    },
  ]
  await withoutLeaks(async () => {
    try {
      await model.fit(points(8), { engine, callbacks })
      assert.unreachable()
    } catch (error) {
      assert.is((error as Error).message, 'no disk')
    }
  })
  model.dispose()
})

test.run()
