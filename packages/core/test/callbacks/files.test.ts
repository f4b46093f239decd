import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  bestWeights,
  type Callback,
  checkpoint,
  csvLog,
  metricsLog,
  nanGuard,
  readCheckpoint,
  sgd,
  type TrainingState,
  timeBudget,
} from '../../src/index.ts'
import { points } from '../support/points.ts'
import { compiledClassifier, numbersOf, TinyClassifier } from '../support/tiny-models.ts'

const test = suite('callbacks that write or watch')
const engine = 'tfjs'

/** Two epochs of four steps. */
async function train(callbacks: readonly Callback[], resume?: TrainingState) {
  const model = compiledClassifier()
  const validationData = points(6, 3)
  const options = { epochs: 2, batchSize: 4, engine, validationData, callbacks, resume }
  try {
    return await model.fit(points(16), options)
  } finally {
    model.dispose()
  }
}

test('the CSV log has a row per epoch under a row of names', () =>
  inScratch({}, async (folder) => {
    const path = join(folder, 'metrics.csv')
    const { epochs } = await train([csvLog(path)])
    const [names, ...rows] = (await readFile(path, 'utf8')).trimEnd().split('\n')
    assert.is(names, 'epoch,step,learning_rate,seconds,loss,accuracy,val_loss,val_accuracy')
    assert.is(rows.length, 2)
    for (const [index, row] of rows.entries()) {
      const { metrics, seconds, learningRate } = epochs[index]!
      const { loss, accuracy, val_loss, val_accuracy } = metrics
      const expected = [index + 1, 4 * (index + 1), learningRate, seconds]
      assert.equal(row.split(',').map(Number), [
        ...expected,
        loss,
        accuracy,
        val_loss,
        val_accuracy,
      ])
    }
  }))

test('logs of a run that goes on lose what came after its checkpoint, and repeat it', () =>
  inScratch({}, async (folder) => {
    const csv = join(folder, 'metrics.csv')
    const jsonl = join(folder, 'metrics.jsonl')
    const callbacks = () => [csvLog(csv), metricsLog(jsonl, { every: 1 })]
    let state: TrainingState | undefined
    const keep: Callback = {
      name: 'keep',
      onSettled(run) {
        if (run.step === 5) state = run.state()
      },
    }
    await train([...callbacks(), keep])
    const lines = async (path: string) => (await readFile(path, 'utf8')).trimEnd().split('\n')
    const before = await lines(jsonl)
    // What the metrics are, then eight steps and two epochs.
    assert.is(before.length, 11)
    await writeFile(jsonl, `${before.slice(0, 9).join('\n')}\n{"kind":"st`)
    await train(callbacks(), state)
    const withoutTime = (all: readonly string[]) =>
      all.map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }))
    assert.equal(withoutTime(await lines(jsonl)), withoutTime(before))
    assert.is((await lines(csv)).length, 3)
  }))

test('a log begins with which way each number gets better, and says so once', () =>
  inScratch({}, async (folder) => {
    const path = join(folder, 'metrics.jsonl')
    await train([metricsLog(path)])
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    assert.equal(JSON.parse(lines[0]!), {
      kind: 'metrics',
      better: { loss: 'lower', accuracy: 'higher', val_loss: 'lower', val_accuracy: 'higher' },
    })
    assert.is(lines.filter((line) => line.includes('"better"')).length, 1)
  }))

test('a folder that cannot be written to is an error that names it', () =>
  inScratch({ taken: 'a file' }, async (folder) => {
    const taken = join(folder, 'taken')
    for (const callback of [
      csvLog(join(taken, 'x.csv')),
      metricsLog(join(taken, 'x.jsonl')),
      bestWeights(join(taken, 'best')),
      checkpoint(join(taken, 'checkpoints')),
    ]) {
      const message = await refusal(() => train([callback]))
      assert.match(message, /must be writable, got "?ENOTDIR/, callback.name)
      assert.ok(message.startsWith(taken), message)
    }
  }))

test('the best epochs are kept as weights, the others are not', () =>
  inScratch({}, async (folder) => {
    const model = compiledClassifier(sgd({ learningRate: 0.3 }))
    const byEpoch: number[][] = []
    const look: Callback = {
      name: 'look',
      onEpochEnd(_, run) {
        run.sync()
        byEpoch.push(numbersOf(model))
        run.learningRateFactor = run.epoch < 3 ? 1 : -1
      },
    }
    const history = await model.fit(points(20), {
      epochs: 6,
      batchSize: 5,
      engine,
      callbacks: [look, bestWeights(folder, { keep: 2, monitor: 'loss' })],
    })
    const order = history.metrics
      .loss!.map((value, epoch) => ({ value, epoch }))
      .sort((a, b) => a.value - b.value)
      .slice(0, 2)
    const listed = JSON.parse(await readFile(join(folder, 'best.json'), 'utf8')) as {
      monitor: string
      kept: { epoch: number; value: number; file: string }[]
    }
    assert.is(listed.monitor, 'loss')
    assert.equal(
      listed.kept.map(({ epoch, value }) => ({ value, epoch })),
      order,
    )
    const files = listed.kept.map(({ file }) => file)
    assert.equal((await readdir(folder)).sort(), ['best.json', ...files].sort())
    const loaded = new TinyClassifier(3)
    for (const { epoch, file } of listed.kept) {
      await loaded.load(join(folder, file))
      assert.equal(numbersOf(loaded), byEpoch[epoch])
    }
    model.dispose()
    loaded.dispose()
  }))

test('the best epochs of training that goes on are those up to its checkpoint', () =>
  inScratch(
    {
      // The second epoch is gone: the third, which the checkpoint does not know, took its place.
      'epoch-0001.safetensors': '1',
      'epoch-0003.safetensors': '3',
      'epoch-0003.safetensors.123-0a1b2c3d.tmp': '',
      'best.json': '{}',
    },
    async (folder) => {
      const kept = [2, 1].map((number) => {
        return { epoch: number - 1, value: 1 / number, file: `epoch-000${number}.safetensors` }
      })
      const callback = bestWeights(folder, { keep: 2, monitor: 'loss' })
      await callback.restore!({ data: { kept } })
      assert.equal((await readdir(folder)).sort(), ['best.json', 'epoch-0001.safetensors'])
      const listed = JSON.parse(await readFile(join(folder, 'best.json'), 'utf8'))
      assert.equal(listed.kept, [kept[1]])
      assert.equal(callback.state!()!.data, { kept: [kept[1]] })
    },
  ))

test('checkpoints come at their steps, and the newest stay', () =>
  inScratch({}, async (folder) => {
    const seen: string[][] = []
    const spy: Callback = {
      name: 'spy',
      async onSettled() {
        const files = await readdir(folder)
        seen.push(files.filter((name) => name.endsWith('.json')).sort())
      },
    }
    await train([checkpoint(folder, { everySteps: 2, keep: 3 }), spy])
    const at = (...steps: number[]) => steps.map((step) => `step-0000000${step}.json`)
    assert.equal(seen, [
      [],
      at(2),
      at(2),
      at(2, 4),
      at(2, 4),
      at(2, 4, 6),
      at(2, 4, 6),
      at(4, 6, 8),
    ])
    assert.is((await readdir(folder)).length, 6)
  }))

test('checkpoints come after their minutes, and after each epoch when nothing is said', () =>
  inScratch({}, async (folder) => {
    let minutes = 0
    const steps: number[] = []
    const clock = () => minutes * 60_000
    const spy: Callback = {
      name: 'spy',
      onBatchEnd() {
        minutes += 1
      },
      async onSettled() {
        const found = await readCheckpoint(folder)
        const step = found?.state.progress.step
        if (step !== undefined && step !== steps.at(-1)) steps.push(step)
      },
    }
    await train([checkpoint(folder, { everyMinutes: 3, clock }), spy])
    assert.equal(steps, [3, 6])
    steps.length = 0
    await inScratch({}, (other) =>
      train([checkpoint(other)]).then(async () => {
        assert.is((await readdir(other)).filter((name) => name.endsWith('.json')).length, 2)
      }),
    )
  }))

test('the guard names the weight that is no number', async () => {
  const model = compiledClassifier(sgd({ learningRate: 0.1 }))
  const spoil: Callback = {
    name: 'spoil',
    onBatchEnd({ step }, run) {
      if (step !== 2) return
      run.sync()
      model.norm.getWeights()[2]!.dataSync()[5] = Number.POSITIVE_INFINITY
      run.reload()
    },
  }
  const guard = (every: number) => ({
    epochs: 2,
    batchSize: 4,
    engine,
    callbacks: [spoil, nanGuard({ every })],
  })
  assert.match(
    await refusal(() => model.fit(points(16), guard(1))),
    /^step 2: weight norm\.moving_mean must stay finite, got "Infinity at \[5\]"\n {2}Try a lower learning rate/,
  )
  model.dispose()
  const quiet = compiledClassifier()
  await quiet.fit(points(16), { batchSize: 4, engine, callbacks: [nanGuard()] })
  quiet.dispose()
})

test('a time budget counts the time before a resume', async () => {
  let minutes = 0
  const budget = () => timeBudget({ minutes: 6, clock: () => minutes * 60_000 })
  const tick: Callback = {
    name: 'tick',
    onBatchEnd() {
      minutes++
    },
  }
  let state: TrainingState | undefined
  const keep: Callback = {
    name: 'keep',
    onSettled(run) {
      if (run.step === 4) state = run.state()
    },
  }
  const whole = await train([tick, budget(), keep])
  assert.is(whole.steps, 6)
  assert.is(whole.reason, 'the budget of 6 minutes is spent')
  minutes = 100
  assert.is((await train([tick, budget()], state)).steps, 6)
})

test.run()
