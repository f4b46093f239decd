import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('ashlar train and evaluate')

interface Result {
  readonly run: string
  readonly outcome: string
  readonly steps: number
  readonly samples: number
  readonly test: { readonly loss: number; readonly accuracy: number }
}

test('trains into a run folder that holds config, metrics, weights and summary', () =>
  inScratch({}, async (out) => {
    const { code, out: told, err } = await ashlar('train', TINY, 'seed=7', '--out', out)
    assert.is(code, 0, err)
    assert.is(err, '')
    const name = (await readdir(out)).find((each) => each !== 'latest')!
    assert.match(name, /^\d{8}-\d{6}-tiny$/)
    assert.is(await readlink(join(out, 'latest')), name)
    const run = join(out, name)
    // Changes of the working tree that are not committed are kept too, when there are any.
    const files = (await readdir(run)).filter((file) => file !== 'source.diff')
    assert.equal(files.sort(), [
      'checkpoints',
      'config.yaml',
      'description.json',
      'facts.json',
      'metrics.jsonl',
      'samples.json',
      'summary.json',
      'weights.safetensors',
    ])

    const config = parse(await readFile(join(run, 'config.yaml'), 'utf8'))
    assert.is(config.seed, 7)
    assert.equal(config.model, { name: 'perceptron', units: 8 })
    assert.equal(config.dataset, { name: 'clouds', limit: 90 })

    const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n')
    const epochs = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'epoch')
    assert.equal(
      epochs.map(({ epoch, step }) => [epoch, step]),
      [
        [0, 6],
        [1, 12],
        [2, 18],
        [3, 24],
      ],
    )
    assert.ok(epochs.every(({ loss, accuracy }) => loss > 0 && accuracy > 0))

    const shown = told.split('\n')
    assert.is(
      shown[0],
      'tiny: perceptron, 67 parameters, on clouds, 90 training and 30 test samples',
    )
    assert.is(shown[1], '4 epochs, batch 16, seed 7, engine onnxruntime')
    assert.match(shown[2]!, /^epoch 1\/4 {2}step 1\/6 {2}/)
    assert.match(told, /\nfinished after 24 steps, \d+:\d\d \([\d,]+ samples\/s\)\ntest {6}loss /)
    assert.ok(told.includes(`run       ${run}/ (config.yaml, `))
    assert.match(told, /Next:\n {2}ashlar export /)
  }))

test('--json answers with one object, and progress goes to stderr', () =>
  inScratch({}, async (out) => {
    const { code, out: told, err } = await ashlar('train', TINY, '--out', out, '--json')
    assert.is(code, 0)
    const result: Result = JSON.parse(told)
    assert.is(result.outcome, 'finished')
    assert.is(result.steps, 24)
    assert.is(result.samples, 90)
    assert.ok(result.test.accuracy > 0.5)
    assert.ok(result.run.startsWith(out))
    assert.match(err, /^epoch 1\/4 {2}step 1\/6 /)
  }))

slow('--explain shows where the time of a step goes, and changes nothing', () =>
  inScratch({}, async (out) => {
    const { code, out: told } = await ashlar('train', TINY, '--explain', '--out', `${out}/a`)
    assert.is(code, 0)
    assert.match(told, /, batch \d+: \d+\.\d+ ms in \d+ nodes/)
    assert.match(told, /\nkernel +form +output +calls +ms +GFLOP\/s +share\n/)
    const plain = await ashlarJson<Result>('train', TINY, '--out', `${out}/b`)
    const latest = await readlink(join(out, 'a', 'latest'))
    const weights = (run: string) => readFile(join(run, 'weights.safetensors'))
    assert.ok((await weights(join(out, 'a', latest))).equals(await weights(plain.run)))
  }),
)

slow('the same seed gives the same weights, another seed others', () =>
  inScratch({}, async (out) => {
    const weights = async (seed: number) => {
      const { run } = await ashlarJson<Result>('train', TINY, `seed=${seed}`, '--out', out)
      return readFile(join(run, 'weights.safetensors'))
    }
    const first = await weights(3)
    assert.ok(first.equals(await weights(3)))
    assert.not.ok(first.equals(await weights(4)))
  }),
)

slow('a run folder is an experiment: it can be trained again, from its weights too', () =>
  inScratch({}, async (out) => {
    const { run } = await ashlarJson<Result>('train', TINY, '--out', out)
    const weights = `weights=${join(run, 'weights.safetensors')}`
    const again = await ashlarJson<Result>('train', run, weights, 'epochs=2', '--out', out)
    assert.not.equal(again.run, run)
    assert.is(again.steps, 12)
    assert.match(again.run, /-tiny(-2)?$/)
  }),
)

test('evaluate tests the weights of a run, by its folder or as the latest', () =>
  inScratch({}, async (out) => {
    const trained = await ashlarJson<Result>('train', TINY, '--out', out)
    const evaluated = await ashlarJson<{ run: string; samples: number; metrics: object }>(
      'evaluate',
      trained.run,
    )
    assert.is(evaluated.run, trained.run)
    assert.is(evaluated.samples, 30)
    assert.equal(evaluated.metrics, trained.test)
    const { code, out: told } = await ashlar('evaluate', join(out, 'latest'))
    assert.is(code, 0)
    assert.match(told, /: loss [\d.e-]+, accuracy [\d.]+\n30 test samples of clouds, engine onnx/)
  }))

slow('evaluate gives the same on another engine', () =>
  inScratch({}, async (out) => {
    const trained = await ashlarJson<Result>('train', TINY, '--out', out)
    const { metrics, engine } = await ashlarJson<{ engine: string; metrics: Result['test'] }>(
      'evaluate',
      trained.run,
      '--engine',
      'tfjs',
    )
    assert.is(engine, 'tfjs')
    assert.is(metrics.accuracy, trained.test.accuracy)
    assert.ok(Math.abs(metrics.loss - trained.test.loss) < 1e-4 * trained.test.loss)
  }),
)

slow('a run that is to go on with other options stays as it was; other epochs are recorded', () =>
  inScratch({}, async (out) => {
    const trained = await ashlarJson<Result>('train', TINY, '--out', out)
    const config = () => readFile(join(trained.run, 'config.yaml'), 'utf8')
    const before = await config()
    for (const [change, line] of [
      ['optimizer.learningRate=0.5', 'optimizer.learningRate was 0.05, is 0.5'],
      ['batchSize=8', 'batchSize was 16, is 8'],
      ['--engine=tfjs', 'engine.name was "onnxruntime", is "tfjs"'],
    ] as const) {
      const { code, err } = await ashlar('train', '--resume', trained.run, change)
      assert.is(code, 2, err)
      assert.match(err, /^experiment: a run must go on with what it began with; only epochs, /)
      assert.ok(err.includes(`\n  ${line}\n`), err)
      assert.is(await config(), before)
    }
    const fewer = await ashlar('train', '--resume', trained.run, 'epochs=2')
    assert.is(fewer.code, 2)
    assert.match(fewer.err, /^fit: a run that has gone into its epoch 4 must go on with at least/)
    assert.is(await config(), before)

    const longer = await ashlarJson<Result & { earlier: object }>(
      ...['train', '--resume', trained.run, 'epochs=6'],
    )
    assert.is(longer.steps, 36)
    assert.equal(longer.earlier, [{ epochs: 4, steps: 24 }])
    assert.match(await config(), /^epochs: 6$/m)
  }),
)

const some = oneIn(3, { test, slow })
for (const [where, ...diverging] of [
  ['in the last step', 'optimizer.learningRate=1e40', 'batchSize=90'],
  ['in the test', 'optimizer.learningRate=1e37', 'batchSize=90'],
  ['in a step', 'optimizer.learningRate=1e37'],
] as const) {
  some(`a run that diverges ${where} has failed, and is not evaluated, exported or verified`, () =>
    inScratch({}, async (out) => {
      for (const command of ['train', 'run']) {
        const folder = join(out, command)
        const args = ['optimizer.name=sgd', ...diverging, 'epochs=1', '--out', folder]
        const { code, err } = await ashlar(command, TINY, ...args)
        assert.is(code, 1, err)
        assert.match(err, /(step \d+|evaluate|test): (weight|the outputs|the loss) /)
        const latest = join(folder, 'latest')
        const run = join(folder, await readlink(latest))
        const summary = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'))
        assert.is(summary.outcome, 'failed')
        assert.not.ok((await readdir(run)).includes('model.onnx'))
        for (const [next, ...more] of [['evaluate'], ['export'], ['verify']] as const) {
          const refused = await ashlar(next!, run, ...more)
          assert.is(refused.code, 1, refused.err)
          assert.match(refused.err, /the run must (not have failed|have a readable)/)
        }
      }
    }),
  )
}

slow('the engine tfjs trains the same experiment', () =>
  inScratch({}, async (out) => {
    const by = (engine: string) =>
      ashlarJson<Result>('train', TINY, '--engine', engine, '--out', out)
    const [graph, eager] = [await by('onnxruntime'), await by('tfjs')]
    assert.is(eager.steps, graph.steps)
    assert.ok(Math.abs(eager.test.loss - graph.test.loss) < 1e-3, 'losses differ')
  }),
)

test.run()
