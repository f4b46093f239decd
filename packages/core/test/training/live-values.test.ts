import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  adam,
  type Callback,
  checkpoint,
  type FitOptions,
  type Loss,
  layers,
  Model,
  readCheckpoint,
  sgd,
} from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'
import { refusal } from '../support/refusal.ts'
import { inScratch } from '../support/scratch.ts'

const variable = (value: number, dtype: 'float32' | 'int32' = 'float32') =>
  tf.tidy(() => tf.variable(tf.scalar(value, dtype)))

const test = suite('what a program reads in JavaScript')

/** Its output is its `factor`, whatever it is given, so that the loss tells what that is. */
abstract class Probe extends Model {
  /** Something to train that changes nothing. */
  readonly idle = layers.dense({ units: 1, useBias: false })

  abstract factor(training: boolean): Tensor | number

  override call(x: Tensor, { training = false }: { training?: boolean }): Tensor {
    return tf.add(tf.mul(this.idle.apply(x), 0), this.factor(training))
  }
}

const output: Loss = {
  name: 'output',
  perSample: ({ predictions }) => tf.reshape(predictions, [-1]),
}

interface Told {
  /** The output in each step. */
  readonly steps: number[]
  /** The output in each validation. */
  readonly validations: number[]
}

/** Three steps in each of three epochs: two of 4 samples, one of 2. */
async function told(model: Model, options: FitOptions, loss: Loss = output): Promise<Told> {
  model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss })
  const steps: number[] = []
  const log: Callback = { name: 'log', onBatchEnd: (step) => void steps.push(round(step.loss)) }
  const [x, y] = [tf.ones([12, 2]), tf.zeros([12, 1])]
  try {
    const { metrics } = await model.fit(x, y, {
      ...{ batchSize: 4, epochs: 3, validationSplit: 1 / 6 },
      ...options,
      callbacks: [log, ...(options.callbacks ?? [])],
    })
    return { steps, validations: [...metrics.val_loss!].map(round) }
  } finally {
    tf.dispose([x, y])
  }
}

const round = (value: number) => Math.round(value * 1e4) / 1e4
const epochs = (first: number, second: number, third: number): Told => ({
  steps: [first, first, first, second, second, second, third, third, third],
  validations: [first, second, third],
})

for (const engine of ['onnxruntime', 'tfjs']) {
  const eachEpoch = (set: (epoch: number) => void): Callback => ({
    name: 'set',
    onEpochBegin: (epoch) => set(epoch),
  })

  test(`${engine}: whatever a callback sets counts from the next step on`, () =>
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
    }))

  test(`${engine}: a field of the loss, and one set within an epoch`, async () => {
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

  test(`${engine}: a variable that call assigns is counted on, seen by callbacks, and left in the model`, () =>
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
    }))

  test(`${engine}: a variable assigned in evaluation and prediction keeps what it was assigned`, async () => {
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
  })

  test(`${engine}: two variables that share their numbers are two`, async () => {
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

  test(`${engine}: a layer that is frozen after an epoch is left alone, and goes on when it is thawed`, async () => {
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
  })

  test(`${engine}: a layer that is thawed for the first time begins with slots of its own`, async () => {
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
  })

  test(`${engine}: what callbacks changed is as it was when a run goes on`, async () => {
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

  test(`${engine}: a run does not go on with fields that the model lacks`, async () => {
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
      assert.equal(state.progress.changed, { 'model.alpha': { number: 'Infinity' } })
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

test('a program that comes out as it was is not compiled again', async () => {
  let calls = 0
  class Own extends Probe {
    alpha = 1
    unused = 0
    readonly twice = variable(2)
    factor = () => {
      calls++
      return tf.mul(this.twice, this.alpha)
    }
  }
  const model = new Own()
  const counted: number[] = []
  const callbacks: Callback[] = [
    {
      name: 'set',
      onEpochBegin(epoch) {
        counted.push(calls)
        // There and back.
        model.alpha = 1 + (epoch % 2)
      },
    },
  ]
  const { steps } = await told(model, { callbacks, epochs: 4 })
  assert.equal(
    steps.filter((_, index) => index % 3 === 0),
    [2, 4, 2, 4],
  )
  // Nothing changed before the second epoch, so that nothing was captured.
  assert.is(counted[0], counted[0])
  const before = calls
  await told(model, {})
  assert.ok(calls > before)
  model.dispose()
})

for (const [name, factor] of [
  [
    'counts its calls in a field',
    () => {
      const counter = { steps: 0 }
      return () => ++counter.steps / 1000
    },
  ],
  [
    'keeps a schedule in a closure',
    () => {
      let step = 0
      return () => Math.min(1, step++ / 10)
    },
  ],
  ['looks at the clock', () => () => Date.now() % 1000],
  ['looks at the day', () => () => new Date().getDate()],
  ['measures time', () => () => performance.now()],
  ['draws in its own way', () => () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32],
] as const) {
  test(`a model that ${name} is refused where that would be frozen`, async () => {
    class Own extends Probe {
      override factor = factor()
    }
    const model = new Own()
    const message = await refusal(() => told(model, {}))
    assert.match(
      message,
      /^capture at .*Add.*: a program must do the same each time it is captured\n {2}.*tf\.variable\(\)/,
    )
    model.dispose()
    // The other engine calls it in each step.
    const other = new Own()
    const { steps } = await told(other, { engine: 'tfjs' })
    assert.is(steps.length, 9)
    other.dispose()
  })
}

test('a model that counts its calls without using the count is none of these', async () => {
  class Own extends Probe {
    calls = 0
    factor = () => {
      this.calls++
      return 3
    }
  }
  const model = new Own()
  assert.equal(await told(model, {}), epochs(3, 3, 3))
  model.dispose()
})

test('reading a variable in call is refused, and the line named', async () => {
  class Own extends Probe {
    readonly alpha = variable(1)
    factor = () => this.alpha.dataSync()[0]!
  }
  const model = new Own()
  const message = await refusal(() => told(model, {}))
  assert.match(message, /live-values\.test\.ts:\d+: a tensor's numbers must not be read while/)
  model.dispose()
})

test('a variable that is made in call begins with numbers that are known', async () => {
  class Own extends Probe {
    count?: tf.Variable
    factor = (training: boolean) => {
      this.count ??= tf.variable(tf.scalar(5))
      if (training) this.count.assign(tf.add(this.count, 1))
      return this.count
    }
  }
  await withoutLeaks(async () => {
    const model = new Own()
    const { steps } = await told(model, {})
    assert.equal(steps, [6, 7, 8, 9, 10, 11, 12, 13, 14])
    assert.equal([...model.count!.dataSync()], [14])
    model.dispose()
  })
  class Unknown extends Probe {
    factor = (training: boolean) => (training ? tf.variable(tf.randomUniform([])) : 0)
  }
  const unknown = new Unknown()
  const message = await refusal(() => told(unknown, {}))
  assert.match(message, /a variable that is made while the program is captured must begin with/)
  unknown.dispose()
})

test.run()
