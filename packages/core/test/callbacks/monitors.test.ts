import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createMonitor } from '../../src/callbacks/monitor.ts'
import {
  auc,
  type Callback,
  type EpochLog,
  earlyStopping,
  f1,
  type Metrics,
  precision,
  recall,
  reduceOnPlateau,
  sgd,
  type TrainingRun,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'
import { points } from '../support/points.ts'
import { compiledClassifier, numbersOf, TinyClassifier } from '../support/tiny-models.ts'

const test = suite('callbacks that watch a metric')

/** A run whose epochs end with made-up metrics. */
function play(callback: Callback, epochs: readonly Metrics[]): { run: TrainingRun; ran: number } {
  const names = Object.keys(epochs[0]!)
  const run = {
    metricNames: names,
    better: (name: string) => (name.includes('accuracy') ? 'higher' : 'lower'),
    learningRateFactor: 1,
    stopped: undefined as string | undefined,
    stop(reason: string) {
      run.stopped = reason
    },
    weights: () => new Map(),
    setWeights: () => undefined,
  }
  const seen = run as unknown as TrainingRun
  void callback.onTrainBegin?.(seen)
  let ran = 0
  for (const [epoch, metrics] of epochs.entries()) {
    const learningRate = 0.1 * run.learningRateFactor
    const log: EpochLog = { epoch, metrics, learningRate, seconds: 1 }
    void callback.onEpochEnd?.(log, seen)
    ran++
    if (run.stopped !== undefined) break
  }
  return { run: seen, ran }
}

const losses = (...values: number[]) => values.map((loss) => ({ loss }))

test('stops after as many epochs in a row without a better one as its patience', () => {
  const { run, ran } = play(earlyStopping({ patience: 2 }), losses(3, 2, 2.5, 1.9, 1.9, 1.95, 1))
  assert.is(ran, 6)
  assert.is(run.stopped, 'loss has not got better than 1.9 of epoch 4 for 2 epochs')
})

test('an improvement smaller than minDelta does not count, nor do the first epochs', () => {
  assert.is(play(earlyStopping({ patience: 2, minDelta: 0.5 }), losses(3, 2.6, 2.55, 2)).ran, 3)
  assert.is(play(earlyStopping({ patience: 1, startEpoch: 3 }), losses(1, 2, 3, 4, 5)).ran, 4)
})

test('a loss that is no number is never the best', () => {
  const { run, ran } = play(earlyStopping({ patience: 2 }), losses(Number.NaN, Number.NaN, 1))
  assert.is(ran, 2)
  assert.is(run.stopped, 'loss has been no number for 2 epochs')
  assert.is(play(earlyStopping({ patience: 2 }), losses(1, Number.NaN, 0.5, 0.4)).ran, 4)
})

test('looks at val_loss where there is one; a metric says which way it gets better', () => {
  const epochs = [0.5, 0.6, 0.7].map((value, i) => ({ loss: 1 - i, val_loss: value }))
  assert.is(play(earlyStopping({ patience: 1 }), epochs).ran, 2)
  const rising = [0.5, 0.6, 0.7].map((accuracy) => ({ loss: 1, accuracy }))
  assert.is(play(earlyStopping({ patience: 1, monitor: 'accuracy' }), rising).ran, 3)
  const lower = earlyStopping({ patience: 1, monitor: 'accuracy', better: 'lower' })
  assert.is(play(lower, rising).ran, 2)
})

test('a metric that the run does not have is refused', async () => {
  assert.is(
    await refusal(() => play(earlyStopping({ monitor: 'val_loss' }), losses(1))),
    'early-stopping: `monitor` must be one of loss, got "val_loss"\n' +
      '  Give the run validation data to have such metrics.',
  )
  assert.is(
    await refusal(() => play(reduceOnPlateau({ monitor: 'f1' }), losses(1))),
    'reduce-on-plateau: `monitor` must be one of loss, got "f1"',
  )
})

test('in a run, the best weights are put back, tfjs issue 8488', async () => {
  const model = compiledClassifier(sgd({ learningRate: 0.5 }))
  const byEpoch: number[][] = []
  const look: Callback = {
    name: 'look',
    onEpochEnd(_, run) {
      run.sync()
      byEpoch.push(numbersOf(model))
      // Gets worse from here on.
      if (run.epoch === 1) run.learningRateFactor = -2
    },
  }
  const data = points(20)
  const history = await model.fit(data, {
    epochs: 20,
    batchSize: 5,
    engine: 'tfjs',
    validationData: data,
    callbacks: [look, earlyStopping({ patience: 2 })],
  })
  const best = history.metrics.val_loss!.indexOf(Math.min(...history.metrics.val_loss!))
  assert.is(best, 1)
  assert.is(history.outcome, 'stopped')
  assert.is(history.epochs.length, 4)
  assert.equal(numbersOf(model), byEpoch[1])
  const { loss } = await model.evaluate(data, { engine: 'tfjs' })
  allClose([loss!], [history.metrics.val_loss![1]!])
  model.dispose()
})

for (const metric of [f1(), auc(), precision(), recall()]) {
  test(`val_${metric.name}: the more the better, and the best weights are put back`, async () => {
    const model = new TinyClassifier(3)
    const optimizer = sgd({ learningRate: 0.5 })
    model.compile({ optimizer, loss: 'auto', metrics: [metric] })
    const byEpoch: number[][] = []
    const look: Callback = {
      name: 'look',
      onEpochEnd(_, run) {
        run.sync()
        byEpoch.push(numbersOf(model))
        // Gets worse from here on.
        if (run.epoch === 1) run.learningRateFactor = -2
      },
    }
    const monitor = `val_${metric.name}`
    const data = points(20)
    const { metrics, outcome } = await model.fit(data, {
      ...{ epochs: 20, batchSize: 5, engine: 'tfjs', validationData: data },
      callbacks: [look, earlyStopping({ patience: 2, monitor })],
    })
    const values = metrics[monitor]!
    const best = values.indexOf(Math.max(...values))
    assert.is(outcome, 'stopped')
    assert.is(values.length, best + 3)
    assert.equal(numbersOf(model), byEpoch[best])
    const again = await model.evaluate(data, { engine: 'tfjs' })
    allClose([again[metric.name]!], [values[best]!])
    model.dispose()
  })
}

test('the best weights come back also when the epochs run out, unless they are not wanted', async () => {
  const train = async (restoreBest: boolean) => {
    const model = compiledClassifier(sgd({ learningRate: 0.5 }))
    let last: number[] = []
    const look: Callback = {
      name: 'look',
      onEpochEnd(_, run) {
        run.sync()
        last = numbersOf(model)
        run.learningRateFactor = -2
      },
    }
    const callbacks = [look, earlyStopping({ patience: 9, restoreBest })]
    await model.fit(points(20), { epochs: 3, engine: 'tfjs', callbacks })
    const numbers = numbersOf(model)
    model.dispose()
    return { numbers, last }
  }
  const kept = await train(false)
  assert.equal(kept.numbers, kept.last)
  const restored = await train(true)
  assert.not.equal(restored.numbers, restored.last)
})

test('reduces the rate after its patience, waits out its cooldown, and stops at its least', () => {
  const rates: number[] = []
  const callback = reduceOnPlateau({ patience: 2, factor: 0.5, cooldown: 1, minRate: 0.02 })
  const spy: Callback = {
    ...callback,
    name: 'spy',
    onEpochEnd(log, run) {
      rates.push(log.learningRate)
      return callback.onEpochEnd!(log, run)
    },
  }
  play(spy, losses(1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5))
  // Keras's ReduceLROnPlateau(patience=2, factor=0.5, cooldown=1, min_lr=0.02) on the same losses.
  allClose(
    rates,
    [0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025, 0.02, 0.02, 0.02, 0.02, 0.02],
  )
})

test('an improvement within 1e-4 does not count for reduce-on-plateau, as in Keras', () => {
  const callback = reduceOnPlateau({ patience: 1 })
  assert.is(play(callback, losses(1, 0.99995)).run.learningRateFactor, 0.1)
  assert.is(play(callback, losses(1, 0.9998)).run.learningRateFactor, 1)
})

test('a monitor starts anew with each run', () => {
  const monitor = createMonitor('x', {})
  const run = { metricNames: ['loss'], better: () => 'lower' } as unknown as TrainingRun
  monitor.begin(run)
  assert.ok(monitor.isBest(0, { loss: 1 }))
  assert.not.ok(monitor.isBest(1, { loss: 1 }))
  assert.not.ok(monitor.isBest(2, {}))
  monitor.begin(run)
  assert.ok(monitor.isBest(0, { loss: 5 }))
})

test.run()
