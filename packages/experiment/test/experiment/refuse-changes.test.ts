import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Experiment, refuseChanges, resolveExperiment } from '../../src/index.ts'
import { testRegistry } from '../support/plugins.ts'

const test = suite('the experiment that a run goes on with')

const resolved = async (...overrides: string[]): Promise<Experiment> => {
  const input = {
    name: 'trial',
    model: 'perceptron',
    dataset: 'clouds',
    callbacks: { 'early-stopping': { patience: 3 } },
  }
  return (await resolveExperiment(input, { registry: testRegistry(), overrides })).experiment
}

for (const override of ['epochs=7', 'out=elsewhere', 'folder=/tmp', 'export.indent=4']) {
  test(`may have ${override}`, async () => {
    refuseChanges(await resolved(), await resolved(override))
  })
}

const refused: readonly [override: string, line: string][] = [
  ['optimizer.learningRate=0.5', 'optimizer.learningRate was 0.001, is 0.5'],
  ['optimizer.clipNorm=1', 'optimizer.clipNorm was not set, is 1'],
  ['optimizer.name=sgd', 'optimizer.name was "adam", is "sgd"'],
  ['loss=mse', 'loss.name was "auto", is "mean-squared-error"'],
  ['batchSize=8', 'batchSize was 64, is 8'],
  ['seed=1', 'seed was 42, is 1'],
  ['engine=tfjs', 'engine.name was "onnxruntime", is "tfjs"'],
  ['classWeights=balanced', 'classWeights was not set, is "balanced"'],
  ['freeze=[hidden]', 'freeze was [], is not set\n  freeze[0] was not set, is "hidden"'],
  ['metrics=[accuracy,top-k]', 'metrics[1].name was not set, is "top-k"'],
  ['callbacks.early-stopping.patience=9', 'callbacks.early-stopping.patience was 3, is 9'],
  ['~callbacks.early-stopping', 'callbacks.early-stopping.name was "early-stopping", is not set'],
  ['dataset.limit=8', 'dataset.limit was 90, is 8'],
  ['fold.count=2', 'fold.count was not set, is 2'],
  ['weights=a.safetensors', 'weights was not set, is "a.safetensors"'],
]

for (const [override, line] of refused) {
  test(`may not have ${override}`, async () => {
    const message = await refusal(async () =>
      refuseChanges(await resolved(), await resolved(override)),
    )
    assert.ok(
      message.startsWith(
        'experiment: a run must go on with what it began with; only epochs, export, folder, needs, out may be others\n  ',
      ),
      message,
    )
    assert.ok(message.includes(`\n  ${line}\n`), message)
    assert.match(message, /\n {2}To train with other options, begin a run: /)
  })
}

test.run()
