import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EvaluationReport } from '@ashlar/experiment'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('an experiment of two inputs and two outputs')

const TWO_HEADS = fileURLToPath(new URL('../support/tiny/two-heads.yaml', import.meta.url))

interface Run {
  readonly run: string
  readonly test: Readonly<Record<string, number>>
  readonly export: {
    readonly report: {
      readonly verification: {
        readonly passed: boolean
        readonly cases: readonly { readonly inputs: string }[]
      }
      readonly file: Readonly<Record<'inputs' | 'outputs', readonly Named[]>>
    }
  }
}

interface Named {
  readonly name: string
  readonly dtype: string
}

interface Answer {
  readonly outputs: Readonly<Record<string, Readonly<Record<string, EvaluationReport>>>>
  readonly agreement: { readonly sameClass: number; readonly largestDifference: number }
}

test('is trained, exported under its names, verified on real samples, evaluated on both and reported', () =>
  inScratch({}, async (folder) => {
    const trained = await ashlarJson<Run>('run', TWO_HEADS, '--out', join(folder, 'runs'))
    assert.equal(Object.keys(trained.test), [
      'loss',
      'class_loss',
      'box_loss',
      'class_accuracy',
      'box_mean-absolute-error',
    ])
    assert.ok(trained.test.class_accuracy! > 0.9, String(trained.test.class_accuracy))
    const { file, verification } = trained.export.report
    const names = (of: 'inputs' | 'outputs') =>
      file[of].map(({ name, dtype }) => `${name} ${dtype}`)
    assert.equal(names('inputs'), ['image float32', 'kind int32'])
    assert.equal(names('outputs'), ['class float32', 'box float32'])
    assert.ok(verification.passed)
    assert.ok(verification.cases.some(({ inputs }) => inputs === 'real'))

    const both = await ashlarJson<Answer>('evaluate', trained.run, '--on', 'both')
    assert.equal(Object.keys(both.outputs), ['class', 'box'])
    assert.equal(Object.keys(both.outputs.class!), ['model', 'onnx'])
    assert.is(both.outputs.class!.model!.task, 'classification')
    assert.is(both.outputs.box!.onnx!.task, 'regression')
    assert.is(both.agreement.sameClass, 1)
    assert.ok(both.agreement.largestDifference < 1e-4)

    const verified = await ashlar('verify', join(trained.run, 'model.onnx'))
    assert.is(verified.code, 0, verified.err)
    const report = await ashlar('report', trained.run)
    assert.is(report.code, 0, report.err)
    const page = await readFile(join(trained.run, 'report.html'), 'utf8')
    assert.match(page, 'output class')
    assert.match(page, 'output box')
    const { out } = await ashlar('summary', trained.run)
    assert.match(out, 'image [?, 4, 4, 1], kind [?, 1] -> class [?, 2], box [?, 2]')
  }))

test('what does not fit is told in one line', async () => {
  const refused = async (...overrides: string[]) =>
    (await ashlar('train', TWO_HEADS, ...overrides)).err.split('\n')[0]!
  assert.match(
    await refused('+lossWeights.clas=2'),
    /experiment.lossWeights: output must be one of class, box, got "clas"/,
  )
  assert.match(
    await refused('metrics=[accuracy]'),
    /experiment.metrics: must be by output as losses are/,
  )
  assert.match(
    await refused('loss=mse'),
    /experiment.loss: must be by output where `lossWeights` or `metrics` are/,
  )
  assert.match(
    await refused('~loss.box', '~lossWeights', '~metrics.box'),
    /there must be a loss for each output/,
  )
})

test.run()
