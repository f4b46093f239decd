import { join } from 'node:path'
import type { EvaluationReport } from '@ashlar/experiment'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar evaluate')

interface Answer {
  readonly metrics?: { readonly accuracy: number }
  readonly evaluation: Readonly<Record<string, EvaluationReport>>
  readonly agreement?: { readonly sameClass: number; readonly largestDifference: number }
}

test('the model, the exported file, and both side by side', () =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('train', TINY, '--out', join(folder, 'runs'))
    const refused = await ashlar('evaluate', run, '--on', 'onnx')
    assert.is(refused.code, 1)
    assert.match(refused.err, 'the run must have been exported: there is no model.onnx')
    assert.match(refused.err, 'Export it: ashlar export')
    await ashlarJson('export', run)

    const onModel = await ashlarJson<Answer>('evaluate', run)
    const { model } = onModel.evaluation
    if (model?.task !== 'classification') throw new Error('the run is of a classification')
    assert.ok(Math.abs(model.accuracy - onModel.metrics!.accuracy) < 1e-6)
    const counted = model.confusion.flat().reduce((sum, count) => sum + count, 0)
    assert.is(counted, model.samples)

    const onFile = await ashlarJson<Answer>('evaluate', run, '--on', 'onnx')
    assert.is(onFile.metrics, undefined)
    assert.equal(Object.keys(onFile.evaluation), ['onnx'])

    const both = await ashlarJson<Answer>('evaluate', run, '--on', 'both')
    assert.equal(Object.keys(both.evaluation), ['model', 'onnx'])
    assert.is(both.agreement!.sameClass, 1)
    assert.ok(both.agreement!.largestDifference < 1e-4)

    const rows = await ashlar('evaluate', run, '--tta', 'flip')
    assert.is(rows.code, 2)
    assert.match(rows.err, /--tta: samples must be pictures/)
    const unknown = await ashlar('evaluate', run, '--tta', 'flop')
    assert.is(unknown.code, 2)
    assert.match(unknown.err, /--tta.*flip/s)

    const { out } = await ashlar('evaluate', run, '--on', 'both')
    assert.match(out, /^ +model +onnx$/m)
    assert.match(out, /^accuracy +[\d.]+ +[\d.]+$/m)
    assert.match(out, /^class +precision +recall +F1 +samples$/m)
    assert.match(out, 'model and file agree on 100 % of samples')
  }))

test('--on takes one of three', async () => {
  const { code, err } = await ashlar('evaluate', 'x', '--on', 'paper')
  assert.is(code, 2)
  assert.match(err, 'Allowed choices are model, onnx, both')
})

test.run()
