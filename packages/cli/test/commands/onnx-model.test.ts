import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { layers, Model } from '@ashlar/core'
import { exportOnnx } from '@ashlar/export'
import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'

const test = suite('models that begin as an ONNX file')

class Backbone extends Model {
  readonly first = layers.dense({ units: 6, activation: 'relu' })
  readonly second = layers.dense({ units: 4 })
  override call(x: Tensor): Tensor {
    return this.second.apply(this.first.apply(x))
  }
}

async function inFolder(use: (folder: string, file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-onnx-'))
  try {
    const backbone = new Backbone()
    backbone.build([null, 4])
    const { bytes } = await exportOnnx(backbone, {})
    const file = join(folder, 'backbone.onnx')
    await writeFile(file, bytes)
    backbone.dispose()
    await use(folder, file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a summary shows the layers of the file and where it can be cut', () =>
  inFolder(async (_, file) => {
    const { code, out } = await ashlar('summary', file)
    assert.is(code, 0)
    assert.match(out, /^OnnxModel: \[\?, 4\] -> \[\?, 4\]/)
    assert.match(out, /first\.Gemm +Gemm +\[\?, 6\] +30/)
    assert.match(out, /It can be cut behind any layer, and at these nodes/)
    assert.match(out, / 1 {2}first\/Relu_1 \(Relu\) +first\/Relu +\[\?, 6\]/)
    const answer = await ashlarJson<{ cuts: { op: string }[]; name: string }>('summary', file)
    assert.is(answer.name, 'onnx')
    assert.equal(
      answer.cuts.map(({ op }) => op),
      ['Gemm', 'Relu', 'Gemm'],
    )
  }))

test('an experiment trains a new head on it, and its run is exported, verified and evaluated', () =>
  inFolder(async (folder, file) => {
    const out = join(folder, 'runs')
    const {
      code,
      err,
      out: text,
    } = await ashlar(
      'run',
      TINY,
      ...['model=onnx', `model.path=${file}`, 'model.output=first', 'model.head.classes=3'],
      ...['model.head.output=probabilities', 'model.freeze=all-but-head', `out=${out}`],
    )
    assert.is(code, 0, `${text}${err}`)
    assert.match(text, /accuracy/)
    const { code: verified } = await ashlar('verify', join(out, 'latest'))
    assert.is(verified, 0)
    const evaluated = await ashlar('evaluate', join(out, 'latest'), '--on', 'both')
    assert.is(evaluated.code, 0, evaluated.err)
    assert.match(evaluated.out, /accuracy/)
  }))

test('a cut where nothing is, a head that does not fit the data, and files that are damaged are errors, and nothing is written', () =>
  inFolder(async (folder, file) => {
    const refused = (...more: string[]) =>
      ashlar('run', TINY, 'model=onnx', `model.path=${file}`, `out=${folder}/runs`, ...more)
    const cut = await refused('model.output=frist', 'model.head.classes=3')
    assert.is(cut.code, 2)
    assert.match(cut.err, /got "frist"\n +Did you mean "first/)
    const head = await refused('model.head.classes=2')
    assert.is(head.code, 2)
    assert.match(head.err, /the output must have a number for each of the 3 classes/)
    const damaged = join(folder, 'damaged.onnx')
    await writeFile(damaged, (await readFile(file)).subarray(0, 200))
    const cutOff = await refused(`model.path=${damaged}`)
    assert.is(cutOff.code, 1)
    assert.match(cutOff.err, /damaged\.onnx/)
    assert.not.ok(existsSync(join(folder, 'runs')))
  }))

test.run()
