import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EvaluationReport } from '@ashlar/experiment'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('an experiment of two inputs and two outputs')

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

interface Judged {
  readonly accuracy?: { readonly float: number }
  readonly r2?: { readonly float: number }
  readonly drop: number
}

interface Smaller {
  readonly reduced: {
    readonly report: {
      readonly judgement: { readonly drop: number; readonly outputs: Record<string, Judged> }
    }
  }
}

interface Answer {
  readonly outputs: Readonly<Record<string, Readonly<Record<string, EvaluationReport>>>>
  readonly agreement: { readonly sameClass: number; readonly largestDifference: number }
}

slow(
  'is trained, exported under its names, verified on real samples, evaluated on both and reported',
  () =>
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
      // Each output has what its labels ask for, behind its own heading.
      const [, ofClass = '', ofBox = ''] = page.split(/<h3>output (?:class|box)<\/h3>/)
      for (const words of ['Confusion matrix', 'Accuracy by confidence', 'macro mean', '>high<']) {
        assert.match(ofClass, words)
      }
      const regression = ofBox.slice(0, ofBox.indexOf('<h2'))
      for (const words of ['mean absolute error', 'R²']) assert.match(regression, words)
      assert.not.match(regression, 'Confusion')
      // Curves of the losses and metrics of both.
      const curves = /<script type="application\/json" id="curves-data">(.*?)<\/script>/s.exec(
        page,
      )![1]!
      for (const name of ['class_loss', 'box_loss', 'class_accuracy', 'box_mean-absolute-error']) {
        assert.match(curves, name)
      }
      const { files } = await ashlarJson<{ files: string[] }>(
        ...['report', trained.run, '--plots', 'svg'],
      )
      const drawn = files.map((each) => basename(each))
      assert.ok(drawn.includes('confusion-class.svg') && drawn.includes('calibration-class.svg'))
      assert.not.ok(drawn.includes('confusion-box.svg'))
      const { out } = await ashlar('summary', trained.run)
      assert.match(out, 'image [?, 4, 4, 1], kind [?, 1] -> class [?, 2], box [?, 2]')

      await predictsLines(folder, join(trained.run, 'model.onnx'))

      // A smaller file is judged by the labels of both, and refused for what the worse one loses.
      const smaller = ['export', trained.run, '--quantize', 'int8', '--max-drop']
      const { reduced } = await ashlarJson<Smaller>(...smaller, '100')
      const { outputs, drop } = reduced.report.judgement
      assert.ok(outputs.class!.accuracy!.float > 0.9)
      assert.ok(outputs.box!.r2!.float > 0.5)
      assert.is(drop, Math.max(outputs.class!.drop, outputs.box!.drop))
      const words = await ashlar(...smaller, '100')
      assert.match(words.out, /^loses {5}\S+ points: class .*accuracy.*; box .*explained variance/m)
    }),
)

interface Line {
  readonly row: number
  readonly outputs: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
  >
}

async function predictsLines(folder: string, model: string): Promise<void> {
  const file = join(folder, 'samples.jsonl')
  const flat = Array.from({ length: 16 }, (_, at) => (at === 14 ? 1 : 0))
  const nested = [0, 4, 8, 12].map((at) => flat.slice(at, at + 4).map((each) => [each]))
  const lines = [
    { image: nested, kind: [0] },
    { kind: 0, image: flat },
    { image: flat.toReversed(), kind: [2] },
  ].map((each) => JSON.stringify(each))
  await writeFile(file, `${lines[0]}\r\n\n${lines[1]}\n${lines[2]}`)
  const { predictions } = await ashlarJson<{ predictions: Line[] }>('predict', model, file)
  assert.equal(
    predictions.map(({ row }) => row),
    [1, 3, 4],
  )
  const [first, second, third] = predictions.map(({ outputs }) => outputs)
  assert.equal(first, second)
  assert.equal(first!.class!.shape, [2])
  // Far down for its kind; x and y of a pixel in the last row, third column.
  assert.ok(first!.class!.data[1]! > first!.class!.data[0]!)
  assert.ok(Math.abs(first!.box!.data[0]! - 0.5) < 0.3)
  assert.ok(Math.abs(first!.box!.data[1]! - 0.75) < 0.3)
  assert.ok(third!.class!.data[0]! > third!.class!.data[1]!)

  const csv = await ashlar('predict', model, file, '--csv')
  assert.match(csv.out, 'file,row,class.0,class.1,box.0,box.1\n')
  assert.is(csv.out.trim().split('\n').length, 4)
  assert.match((await ashlar('predict', model, file)).out, /row +class +box/)

  const other = await ashlar('predict', model, model)
  assert.is(other.code, 1)
  assert.match(other.err, 'takes named fields, from files of JSON lines (.jsonl, .ndjson)')
  assert.match(other.err, 'image float32 [4, 4, 1]; kind int32 [1]')
  for (const [line, message] of [
    ['{', /line 2: must be a JSON object\n/],
    ['[1]', /line 2: must be a JSON object, got/],
    [
      '{"kind": [0]}',
      /line 2: must have a field for each input of the model: image, kind\n.*image is missing/,
    ],
    [
      `{"image": ${JSON.stringify(flat)}, "knd": [0]}`,
      /line 2: field must be one of image, kind, got "knd"\n.*"kind"/,
    ],
    [
      `{"image": ${JSON.stringify(flat)}, "kind": [0.5]}`,
      /line 2, kind, value 0: must be a whole number that int32 holds, got 0.5/,
    ],
    [
      '{"image": [1, 2], "kind": [0]}',
      /line 2, image: must be float32 \[4, 4, 1\], as lists in lists/,
    ],
    [
      `{"image": ${JSON.stringify([nested[0], nested[0], nested[0], [[1], [2], [3], 4]])}, "kind": [0]}`,
      /line 2, image: must be float32 \[4, 4, 1\]/,
    ],
    [
      `{"image": ${JSON.stringify(flat).replace('1', '1e39')}, "kind": [0]}`,
      /line 2, image, value 14: must be a number that float32 holds/,
    ],
  ] as const) {
    await writeFile(file, `${lines[0]}\n${line}\n`)
    const { code, err } = await ashlar('predict', model, file)
    assert.is(code, 1, line)
    assert.match(err, message)
  }
  await writeFile(file, '\n')
  assert.match((await ashlar('predict', model, file)).err, 'must hold a sample')
}

test('what does not fit is told in one line', async () => {
  const refused = async (...overrides: string[]) =>
    (await ashlar('train', TWO_HEADS, ...overrides)).err.split('\n')[0]!
  assert.match(
    await refused('+classWeights.clas=balanced'),
    /experiment: output in classWeights must be one of class, box, got "clas"/,
  )
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
