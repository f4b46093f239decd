import { setTimeout } from 'node:timers/promises'
import {
  infoOfFields,
  layers,
  Model,
  type StepLog,
  type StreamSamples,
  type TrainingRun,
} from '@ashlar/core'
import type * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fitting, trainingProgress } from '../../src/terminal/progress.ts'
import { recorder } from '../support/ashlar.ts'

const test = suite('training progress')

const STEPS = 20

/**
 * Two epochs of twenty steps, half a second each, shown on a stream.
 *
 * @param seen what must be there after the first ten steps.
 * @param sleep milliseconds that pass before the tenth step besides.
 * @param pace milliseconds of a step.
 * @param waited seconds of it that it waited for its samples.
 */
async function show(
  isTTY: boolean,
  seen?: RegExp,
  sleep = 0,
  columns = 100,
  pace = 500,
  waited?: number,
): Promise<string> {
  const { stream, text } = recorder({ isTTY })
  Object.assign(stream, { columns })
  let now = 1000
  const progress = trainingProgress(stream, () => now)
  const run = {
    epochs: 2,
    stepsPerEpoch: STEPS,
    totalSteps: 2 * STEPS,
    step: 0,
    metrics: () => ({ loss: 0.25, accuracy: 0.75 }),
  }
  const training = run as unknown as TrainingRun
  await progress.onTrainBegin?.(training)
  for (let epoch = 0; epoch < 2; epoch++) {
    await progress.onEpochBegin?.(epoch, training)
    for (let batch = 0; batch < STEPS; batch++) {
      run.step++
      now += run.step === STEPS / 2 ? pace + sleep : pace
      const log = {
        ...{ step: run.step - 1, epoch, batch, size: 160, loss: 0.2, learningRate: 0.1 },
        ...(waited !== undefined && { waited }),
      }
      await progress.onBatchEnd?.(log satisfies StepLog, training)
      // The bar draws itself from a timer: it gets the time to do so once.
      if (seen !== undefined && run.step === STEPS / 2) await until(() => seen.test(text()))
    }
    const metrics = { loss: 0.25, accuracy: 0.75, val_accuracy: 0.5 }
    await progress.onEpochEnd?.({ epoch, metrics, learningRate: 0.1, seconds: 0.2 }, training)
  }
  const history = { epochs: [], metrics: {}, steps: 40, seconds: 1, outcome: 'finished' } as const
  await progress.onTrainEnd?.(history, training)
  return text()
}

test('after the first step, how fast it goes is not known yet, and not said to be 0', async () => {
  const { stream, text } = recorder({ isTTY: false })
  const progress = trainingProgress(stream, () => 1000)
  const run = {
    epochs: 1,
    stepsPerEpoch: 5,
    totalSteps: 5,
    step: 1,
    metrics: () => ({ loss: 0.25 }),
  }
  const log = { step: 0, epoch: 0, batch: 0, size: 160, loss: 0.2, learningRate: 0.1 }
  await progress.onBatchEnd?.(log satisfies StepLog, run as unknown as TrainingRun)
  assert.is(text(), 'epoch 1/1  step 1/5  loss 0.25\n')
})

test('plain lines where there is no terminal: ten an epoch, and its end', async () => {
  const lines = (await show(false)).trimEnd().split('\n')
  assert.is(lines.length, 22)
  assert.is(lines[4], 'epoch 1/2  step 10/20  320 samples/s  loss 0.25  accuracy 0.75  0:15 left')
  assert.is(lines[10], 'epoch 1/2  0:00  loss 0.25  accuracy 0.75  val_accuracy 0.5')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no escape sequence may reach a file
  assert.not.match(lines.join('\n'), /[\u001b\r]/)
})

test('quick epochs have the first line, and then one in a second besides their ends', async () => {
  const lines = (await show(false, undefined, 0, 100, 60)).trimEnd().split('\n')
  assert.equal(
    lines.map((line) => /^epoch \d\/2(?: {2}step (\d+))?/.exec(line)?.[1]),
    ['2', '20', undefined, '18', undefined],
  )
})

test('for what part of the time steps wait for their samples, where that is anything', async () => {
  const lines = (await show(false, undefined, 0, 100, 500, 0.115)).split('\n')
  assert.is(
    lines[4],
    'epoch 1/2  step 10/20  320 samples/s  input 23 %  loss 0.25  accuracy 0.75  0:15 left',
  )
  for (const waited of [0, 0.002]) {
    assert.not.match(await show(false, undefined, 0, 100, 500, waited), /input/)
  }
  const half = /10\/20 {2}loss 0\.25 {2}0:15 left {2}input 23 % {2}accuracy 0\.75/
  assert.match(await show(true, half, 0, 130, 500, 0.115), half)
  // On a narrow terminal it stands before what is measured besides.
  const narrow = /10\/20 {2}loss 0\.25 {2}0:15 left {2}input 23 %(?! {2}acc)/
  assert.match(await show(true, narrow, 0, 70, 500, 0.115), narrow)
})

test('a decoder that is slower than the step is told while it trains', async () => {
  class Line extends Model {
    readonly head = layers.dense({ units: 1 })
    override call(x: tf.Tensor): tf.Tensor {
      return this.head.apply(x)
    }
  }
  const model = new Line()
  model.compile({ optimizer: 'sgd', loss: 'mse' })
  const { stream, text } = recorder()
  const info = infoOfFields({
    input: { shape: [2], dtype: 'float32' },
    output: { shape: [1], dtype: 'float32' },
  })
  const samples = (decode: () => Promise<void>): StreamSamples => ({
    ...{ length: 40, info },
    stream: {
      dtypes: { inputs: 'float32', labels: 'float32' },
      read: decode,
    },
  })
  // Each batch is ready a while after the step before it, however long that takes.
  const ended: (() => void)[] = []
  const steps = Array.from({ length: 21 }, () => new Promise<void>((done) => void ended.push(done)))
  let reads = 0
  ended[0]!()
  const late = samples(async () => {
    await steps[reads++]
    await setTimeout(50)
  })
  await model.fit(late, {
    ...{ engine: 'tfjs', batchSize: 2, epochs: 1 },
    callbacks: [
      trainingProgress(stream),
      { name: 'ended', onBatchEnd: ({ step }) => ended[step + 1]!() },
    ],
  })
  assert.match(text(), /step 2\/20 .*input \d+ %/)
  model.dispose()
})

test('a machine that slept for a while still has a speed', async () => {
  const lines = (await show(false, undefined, 60_000)).split('\n')
  assert.match(lines[4]!, /step 10\/20 {2}2\d samples\/s .* 3:\d\d left$/)
})

test('a bar on a terminal, what matters first: loss and time left, then the rest as far as it fits', async () => {
  const half =
    /epoch 1\/2 █{12}░{12} 10\/20 {2}loss 0\.25 {2}0:15 left {2}accuracy 0\.75 {2}320 samples\/s/
  const shown = await show(true, half, 0, 130)
  assert.match(shown, half)
  assert.match(
    shown,
    /epoch 2\/2 █+ 20\/20 {2}val_accuracy 0\.5 {2}loss 0\.25 {2}accuracy 0\.75 {2}0:00/,
  )
  // The cursor is hidden while the bar moves, and comes back.
  assert.ok(shown.includes('\u001b[?25l'))
  assert.ok(shown.lastIndexOf('\u001b[?25h') > shown.lastIndexOf('\u001b[?25l'))
})

for (const columns of [50, 60, 80, 100]) {
  test(`${columns} columns: validation is seen, and no line is longer`, async () => {
    const shown = await show(true, undefined, 0, columns)
    assert.match(shown, /epoch 2\/2 █{8} 20\/20 {2}val_accuracy 0\.5/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor takes no room
    const lines = shown.split(/\u001b\[[?\d]*[A-Za-z]|\u001b7|\u001b8|\r|\n/)
    for (const line of lines) assert.ok(line.length < columns, `${line.length}: ${line}`)
  })
}

test('parts that do not fit are left out from the end, and one is always there', () => {
  assert.is(fitting(['aaaa', 'bb', 'c'], 11), 'aaaa  bb  c')
  assert.is(fitting(['aaaa', 'bb', 'c'], 10), 'aaaa  bb')
  assert.is(fitting(['aaaa', 'bb'], 2), 'aaaa')
  assert.is(fitting([], 5), '')
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(10)
}

test.run()
