import { inScratch, refusal, tieredSuite } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import {
  adam,
  bestWeights,
  type Callback,
  checkpoint,
  cosineDecay,
  earlyStopping,
  type FitOptions,
  type History,
  layers,
  Model,
  readCheckpoint,
  reduceOnPlateau,
  type TrainingState,
} from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'
import { points } from '../support/points.ts'
import {
  compiledClassifier,
  numbersOf,
  TinyClassifier,
  TinyRegressor,
} from '../support/tiny-models.ts'

const { test, slow } = tieredSuite('going on with a run')

/** Everything that has a memory: dropout, batch norm, moments, averages, gathered gradients. */
class Forgetful extends Model {
  readonly hidden = layers.dense({ units: 6, activation: 'relu' })
  readonly norm = layers.batchNormalization()
  readonly drop = layers.dropout({ rate: 0.3 })
  readonly head = layers.dense({ units: 3, activation: 'softmax' })

  override call(x: Tensor): Tensor {
    return this.head.apply(this.drop.apply(this.norm.apply(this.hidden.apply(x))))
  }
}

interface Result {
  readonly numbers: readonly number[]
  readonly history: Omit<History, 'seconds' | 'epochs'>
}

async function train(make: () => Model, options: FitOptions): Promise<Result> {
  const model = make()
  model.compile({
    optimizer: adam({ learningRate: cosineDecay({ initial: 0.05 }), average: 0.9 }),
    loss: 'sparse-categorical-crossentropy',
    metrics: ['accuracy'],
  })
  try {
    const { metrics, steps, outcome, reason } = await model.fit(points(22), {
      epochs: 4,
      batchSize: 4,
      accumulate: 2,
      seed: 5,
      validationData: points(6, 1),
      ...options,
    })
    return { numbers: numbersOf(model), history: { metrics, steps, outcome, reason } }
  } finally {
    model.dispose()
  }
}

const companions = (): Callback[] => [
  reduceOnPlateau({ patience: 1, factor: 0.5, minDelta: 0.05 }),
  earlyStopping({ patience: 3 }),
]

/** Ends the process, as far as a test can: nothing is written after it. */
function crashAt(step: number): Callback {
  return {
    name: 'crash',
    onBatchEnd(log) {
      if (log.step === step) throw new Error('crash')
    },
  }
}

for (const [engine, make] of [
  ['tfjs', () => new Forgetful()],
  ['onnxruntime', () => new TinyClassifier(3)],
] as const) {
  // With tfjs, whose steps are not compiled, at each kind of step.
  for (const [declare, steps] of [
    [test, engine === 'tfjs' ? [5] : [17]],
    [slow, engine === 'tfjs' ? [0, 3, 4, 6, 11, 12, 17, 22, 23] : [4]],
  ] as const) {
    declare(`${engine}: it goes on bit for bit from step ${steps.join(', ')}`, async () => {
      const whole = await train(make, { engine, callbacks: companions() })
      assert.is(whole.history.steps, 24)
      for (const step of steps) {
        await inScratch({}, async (folder) => {
          const callbacks = () => [...companions(), checkpoint(folder, { everySteps: 4 })]
          try {
            await train(make, { engine, callbacks: [crashAt(step), ...callbacks()] })
            assert.unreachable()
          } catch (error) {
            assert.is((error as Error).message, 'crash')
          }
          const found = await readCheckpoint(folder)
          assert.is(found?.state.progress.step, step < 4 ? undefined : step - (step % 4))
          const again = await train(make, { engine, callbacks: callbacks(), resume: found?.state })
          assert.equal(again, whole, `step ${step}`)
        })
      }
    })
  }
}

test('stopped from outside, it keeps a checkpoint of the very step', () =>
  inScratch({}, async (folder) => {
    const whole = await train(() => new TinyClassifier(3), { engine: 'tfjs' })
    const controller = new AbortController()
    const abort: Callback = {
      name: 'abort',
      onBatchEnd: ({ step }) => {
        if (step === 6) controller.abort('Ctrl-C')
      },
    }
    const stopped = await train(() => new TinyClassifier(3), {
      engine: 'tfjs',
      callbacks: [abort, checkpoint(folder)],
      signal: controller.signal,
    })
    assert.is(stopped.history.outcome, 'stopped')
    const { state } = (await readCheckpoint(folder))!
    assert.is(state.progress.step, 7)
    const again = await train(() => new TinyClassifier(3), { engine: 'tfjs', resume: state })
    assert.equal(again, whole)
  }))

for (const engine of ['tfjs', 'onnxruntime']) {
  test(`${engine}: goes on when a monitored metric was infinite`, () =>
    inScratch({}, async (folder) => {
      const far = { ...points(6, 1), labels: new Float32Array(6).fill(1e25) }
      const run = async (epochs: number, resume?: TrainingState) => {
        const model = new TinyRegressor()
        model.compile({ optimizer: 'adam', loss: 'mse' })
        const callbacks = [
          earlyStopping(),
          reduceOnPlateau({ patience: 1 }),
          bestWeights(folder),
          checkpoint(folder),
        ]
        const options = { batchSize: 8, engine, validationData: far, callbacks, resume }
        const { metrics } = await model.fit(points(16), { ...options, epochs })
        const numbers = numbersOf(model)
        model.dispose()
        return { metrics, numbers }
      }
      await run(1)
      const { state } = (await readCheckpoint(folder))!
      const resumed = await run(3, state)
      assert.equal(resumed.metrics.val_loss, Array(3).fill(Number.POSITIVE_INFINITY))
      assert.equal(resumed, await run(3))
    }))
}

/** Interrupts after a step, and ends the run by a callback in some step. */
for (const [what, end] of [
  [
    'after the epoch',
    { name: 'end', onEpochEnd: ({ epoch }, run) => (epoch === 1 ? run.stop('enough') : undefined) },
  ],
  [
    'in the step',
    { name: 'end', onBatchEnd: ({ step }, run) => (step === 6 ? run.stop('enough') : undefined) },
  ],
] as readonly [string, Callback][]) {
  slow(`interrupted in the step in which a callback ends it ${what}, it has ended`, () =>
    inScratch({}, async (folder) => {
      const make = () => new TinyClassifier(3)
      const whole = await train(make, { engine: 'tfjs', callbacks: [end] })
      const last = whole.history.steps - 1
      for (const abortFirst of [false, true]) {
        const controller = new AbortController()
        const abort: Callback = {
          name: 'abort',
          onBatchEnd: ({ step }) => {
            if (step === last) controller.abort('Ctrl-C')
          },
        }
        const own = `${folder}/${abortFirst}`
        const both = abortFirst ? [abort, end] : [end, abort]
        const callbacks = [...both, checkpoint(own)]
        const stopped = await train(make, { engine: 'tfjs', callbacks, signal: controller.signal })
        assert.equal(stopped, whole)
        const { state } = (await readCheckpoint(own))!
        assert.is(state.progress.stopped, 'enough')
        const again = await train(make, { engine: 'tfjs', callbacks: [end], resume: state })
        assert.equal(again, whole)
      }
    }),
  )
}

test('what a callback ended stays ended, with the best weights', () =>
  inScratch({}, async (folder) => {
    const make = () => new TinyClassifier(3)
    const early = () => earlyStopping({ patience: 1, monitor: 'accuracy', minDelta: 1 })
    const whole = await train(make, { engine: 'tfjs', callbacks: [early(), checkpoint(folder)] })
    assert.is(whole.history.outcome, 'stopped')
    assert.is(whole.history.steps, 12)
    const { state } = (await readCheckpoint(folder))!
    const again = await train(make, { engine: 'tfjs', callbacks: [early()], resume: state })
    assert.equal(again, whole)
  }))

test('a finished run can be given more epochs', () =>
  inScratch({}, async (folder) => {
    const model = compiledClassifier()
    const options = { batchSize: 8, engine: 'tfjs', callbacks: [checkpoint(folder)] }
    await model.fit(points(16), { ...options, epochs: 1 })
    const { state } = (await readCheckpoint(folder))!
    const longer = compiledClassifier()
    await longer.fit(points(16), { ...options, epochs: 3, resume: state })
    const whole = compiledClassifier()
    await whole.fit(points(16), { batchSize: 8, engine: 'tfjs', epochs: 3 })
    assert.equal(numbersOf(longer), numbersOf(whole))
    for (const each of [model, longer, whole]) each.dispose()
  }))

slow('other epochs are recorded, and fewer than are done are refused', () =>
  inScratch({}, async (folder) => {
    const run = async (epochs: number, goesOn = true) => {
      const model = compiledClassifier()
      const resume = goesOn ? (await readCheckpoint(folder))!.state : undefined
      const options = { batchSize: 8, engine: 'tfjs', callbacks: [checkpoint(folder)] }
      try {
        return (await model.fit(points(16), { ...options, epochs, resume })).earlier
      } finally {
        model.dispose()
      }
    }
    assert.is(await run(2, false), undefined)
    assert.is(await run(2), undefined)
    assert.equal(await run(3), [{ epochs: 2, steps: 4 }])
    assert.equal(await run(3), [{ epochs: 2, steps: 4 }])
    assert.equal(await run(5), [
      { epochs: 2, steps: 4 },
      { epochs: 3, steps: 6 },
    ])
    assert.is(
      await refusal(() => run(4)),
      'fit: a run that has gone into its epoch 5 must go on with at least as many `epochs`, got 4',
    )
  }),
)

/** A state after two steps. */
async function someState(callbacks: Callback[] = []): Promise<TrainingState> {
  const model = compiledClassifier()
  let state: TrainingState | undefined
  const keep: Callback = {
    name: 'keep',
    onSettled(run) {
      state ??= run.step === 2 ? run.state() : undefined
    },
  }
  const options = { batchSize: 4, engine: 'tfjs', digest: 'sha256:1' }
  await model.fit(points(16), { ...options, callbacks: [...callbacks, keep] })
  model.dispose()
  return state!
}

async function resume(state: TrainingState, options: FitOptions = {}): Promise<string> {
  const model = compiledClassifier()
  const message = await withoutLeaks(
    () =>
      refusal(() =>
        model.fit(points(16), { batchSize: 4, engine: 'tfjs', resume: state, ...options }),
      ),
    8,
  )
  model.dispose()
  return message
}

test('other data or settings are refused, each named', async () => {
  const state = await someState()
  assert.is(
    await resume(state, { batchSize: 8, seed: 3, digest: 'sha256:2' }),
    'fit: a run must go on with what it began with, got {"seed":3,"batchSize":8,"data":"sha256:2"}\n' +
      '  seed was 0. batchSize was 4. data was "sha256:1".',
  )
})

test('the state of another model or optimizer is refused, each difference named', async () => {
  const state = await someState()
  const tensors = new Map(state.tensors)
  tensors.delete('optimizer/mean/head.bias')
  tensors.set('weights/head.kernel', { dtype: 'F32', shape: [2], data: new Float32Array(2) })
  assert.is(
    await resume({ ...state, tensors }),
    'fit: the state to go on from must be that of this model and optimizer\n' +
      '  weights/head.kernel: expected [8, 3], got [2]\n' +
      '  optimizer/mean/head.bias: missing',
  )
})

test('the state of a callback that is gone is refused', async () => {
  const state = await someState([earlyStopping()])
  assert.is(
    await resume(state, { callbacks: [reduceOnPlateau()] }),
    'fit: callbacks must be those that the run began with, early-stopping among them, got ["reduce-on-plateau"]',
  )
})

test('a state that a callback cannot read is refused', async () => {
  const state = await someState([earlyStopping()])
  const progress = { ...state.progress, callbacks: { 'early-stopping': { waited: 'long' } } }
  assert.match(
    await resume({ ...state, progress }, { callbacks: [earlyStopping()] }),
    /^early-stopping\.waited: must be an? .*integer.*, got "long"/,
  )
})

test.run()
