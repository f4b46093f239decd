import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Callback, sgd } from '../../src/index.ts'
import { output, Probe, told } from '../support/live-probe.ts'

const test = suite('between the first run of a program and its second')

test('a field that changes outside of callbacks is taken by a later step, not refused', async () => {
  class Own extends Probe {
    alpha = 1
    factor = () => this.alpha
  }
  for (const engine of ['onnxruntime', 'tfjs']) {
    const model = new Own()
    let isSet = false
    const callbacks: Callback[] = [
      {
        name: 'later',
        onBatchEnd() {
          if (isSet) return
          isSet = true
          setImmediate(() => {
            model.alpha = 2
          })
        },
      },
    ]
    const { steps } = await told(model, { callbacks, engine })
    assert.equal(steps, [1, 2, 2, 2, 2, 2, 2, 2, 2], engine)
    model.dispose()
  }
})

test('so is one that changes between the batches of a validation', async () => {
  let isNext = false
  class Own extends Probe {
    alpha = 1
    factor = (training: boolean) => {
      if (!training && isNext) {
        isNext = false
        setImmediate(() => {
          this.alpha = 2
        })
      }
      return this.alpha
    }
  }
  const model = new Own()
  const callbacks: Callback[] = [
    {
      name: 'trained',
      onBatchEnd({ step }) {
        if (step === 1) isNext = true
      },
    },
  ]
  const { validations } = await told(model, { callbacks, validationSplit: 2 / 3, batchSize: 2 })
  assert.not(isNext)
  assert.equal(validations.slice(1), [2, 2])
  model.dispose()
})

test('what cannot go on after an epoch of one step has no epoch behind it', async () => {
  let calls = 0
  class Own extends Probe {
    override factor = (training: boolean) => (training ? ++calls : 1)
  }
  const model = new Own()
  const seen: string[] = []
  const callbacks: Callback[] = [
    {
      name: 'seen',
      onBatchEnd: () => void seen.push('batch'),
      onEpochEnd: () => void seen.push('epoch'),
      onTrainEnd: ({ outcome, steps, epochs }) => {
        seen.push(`${outcome}, ${steps} step, ${epochs.length} epochs`)
      },
    },
  ]
  const message = await refusal(() => told(model, { callbacks, batchSize: 12 }))
  assert.match(message, /a program must do the same each time/)
  assert.equal(seen, ['batch', 'failed, 1 step, 0 epochs'])
  model.dispose()
})

test('nor has one whose validation cannot be made again', async () => {
  let calls = 0
  class Own extends Probe {
    override factor = (training: boolean) => (training ? 1 : ++calls)
  }
  const model = new Own()
  const seen: number[] = []
  const callbacks: Callback[] = [{ name: 'seen', onEpochEnd: ({ epoch }) => void seen.push(epoch) }]
  const message = await refusal(() => told(model, { callbacks }))
  assert.match(message, /a program must do the same each time/)
  assert.equal(seen, [])
  model.dispose()
})

test('what runs only once is as it was captured: it is not captured again, nor refused', async () => {
  let calls = 0
  class Own extends Probe {
    override factor = () => ++calls
  }
  const model = new Own()
  const x = tf.ones([4, 2])
  const first = async (batchSize: number) => {
    const { data } = await model.predict(x, { batchSize })
    return data[0]
  }
  await first(4)
  const before = calls
  assert.is(await first(4), before + 1)
  assert.is(calls, before + 1)
  // The last batch is smaller.
  await first(3)
  assert.match(await refusal(() => first(2)), /a program must do the same each time/)
  x.dispose()
  model.dispose()
})

test('the second capture does not count as time of the run', async () => {
  const WAIT = 3
  let isNext = false
  class Own extends Probe {
    override factor = () => {
      // By the clock of the run, this takes seconds.
      if (isNext) clock.ahead += WAIT * 1000
      isNext = false
      return 1
    }
  }
  const callbacks: Callback[] = [
    {
      name: 'ran',
      onBatchEnd({ step }) {
        if (step === 0) isNext = true
      },
    },
  ]
  const clock = { ahead: 0 }
  const { performance } = globalThis
  const now = performance.now.bind(performance)
  performance.now = () => now() + clock.ahead
  const model = new Own()
  try {
    model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: output })
    const [x, y] = [tf.ones([8, 2]), tf.zeros([8, 1])]
    const { seconds, epochs } = await model.fit(x, y, { batchSize: 4, epochs: 1, callbacks })
    assert.is(clock.ahead, WAIT * 1000)
    assert.ok(seconds < WAIT, `${seconds} s`)
    assert.ok(epochs[0]!.seconds < WAIT)
    tf.dispose([x, y])
  } finally {
    delete (performance as { now?: unknown }).now
    model.dispose()
  }
})

test.run()
