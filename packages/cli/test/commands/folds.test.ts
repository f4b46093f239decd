import { readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('all folds in one command')

interface Result {
  readonly run: string
  readonly outcome: string
  readonly test: { readonly accuracy: number }
  readonly deviation: { readonly test: { readonly accuracy: number } }
  readonly folds: readonly { readonly run: string; readonly test: { readonly accuracy: number } }[]
}

const NAMES = ['fold-0', 'fold-1', 'fold-2']

test('trains a run for each, and says what came of them together', () =>
  inScratch({}, async (out) => {
    const {
      code,
      out: told,
      err,
    } = await ashlar(...['train', TINY, 'fold.count=3', 'epochs=1', '--out', out])
    assert.is(code, 0, err)
    assert.match(told, /^fold 0 of 3\ntiny: perceptron/)
    assert.match(told, /\nfold +val_loss +val_accuracy +test loss +test accuracy\n0 +[\d.]+ /)
    assert.match(
      told,
      /\nmean +[\d.]+ ± [\d.]+ +[\d.]+ ± [\d.]+ +[\d.]+ ± [\d.]+ +[\d.]+ ± [\d.]+\n/,
    )
    const run = join(out, await readlink(join(out, 'latest')))
    assert.equal((await readdir(run)).sort(), ['config.yaml', ...NAMES, 'summary.json'])

    const list = await ashlar('runs', '--out', out, '--columns', 'accuracy,training.val_accuracy')
    assert.match(list.out, /-tiny +[\d.]+ ± [\d.]+ +[\d.]+ ± [\d.]+\n/)
    const inside = await ashlar('runs', '--out', run, '--columns', 'fold.index')
    assert.match(inside.out, /^run +fold\.index\nfold-2 +2\nfold-1 +1\nfold-0 +0\n$/)
    const compared = await ashlar('compare', run, join(run, 'fold-1'))
    assert.match(compared.out, /^fold\.index +all +1$/m)
    assert.match(compared.out, /^accuracy +[\d.]+ ± [\d.]+ +[\d.]+$/m)
    assert.not.match(compared.out, 'deviation')

    assert.is((await ashlar('evaluate', join(run, 'fold-1'))).code, 0)
    assert.match((await ashlar('evaluate', run)).err, 'this one holds a run for each fold')
  }))

slow('the folds are those of one training for each', () =>
  inScratch({}, async (out) => {
    const all = await ashlarJson<Result>('train', TINY, 'fold.count=3', '--out', out)
    for (const [index, fold] of all.folds.entries()) {
      const one = await ashlarJson<Result>(
        ...['train', TINY, 'fold.count=3', `fold.index=${index}`, '--out', out],
      )
      assert.equal(one.test, fold.test)
      assert.equal(
        await readFile(join(one.run, 'weights.safetensors')),
        await readFile(join(all.run, fold.run, 'weights.safetensors')),
      )
    }
    const mean = all.folds.reduce((sum, fold) => sum + fold.test.accuracy, 0) / 3
    assert.ok(Math.abs(all.test.accuracy - mean) < 1e-12)
  }),
)

slow('Ctrl-C ends the fold and all after it, and says how to go on', () =>
  inScratch({}, async (folder) => {
    const { child, seen, ended } = start(
      ['train', TINY, 'fold.count=2', 'epochs=1000000', '--out', 'out'],
      { cwd: folder },
    )
    await seen(/epoch 3\/1000000/)
    child.kill('SIGINT')
    const { code, out } = await ended
    assert.is(code, 130)
    assert.not.match(out, 'fold 1 of 2')
    assert.match(out, /To go on:\n {2}.* train --resume out\/\S+-tiny\n$/)
    const [summary] = (
      await ashlarJson<{ runs: { outcome: string }[] }>(...['runs', '--out', join(folder, 'out')])
    ).runs
    assert.is(summary!.outcome, 'stopped')
  }),
)

slow('run exports each; a fold without its file is not done', () =>
  inScratch({}, async (out) => {
    const first = await ashlarJson<Result>('run', TINY, 'fold.count=2', 'epochs=1', '--out', out)
    assert.is(first.outcome, 'finished')
    const files = ['fold-0', 'fold-1'].map((name) => join(first.run, name, 'model.onnx'))
    for (const file of files) assert.ok((await stat(file)).size > 0)
    await rm(join(first.run, 'fold-1/verification.json'))
    const again = await ashlar('run', '--resume', first.run)
    assert.match(again.out, /^fold 0 of 2: done\n/)
    assert.match(again.out, /\nfold 1 of 2\n[\s\S]*\nverified +equal/)
  }),
)

test('more folds than samples leave nothing behind', () =>
  inScratch({}, async (out) => {
    const { code, err } = await ashlar('train', TINY, 'fold.count=91', '--out', out)
    assert.is(code, 2)
    assert.match(err, 'folds: `count` must be a whole number from 2 to the 90 samples, got 91')
    assert.equal(await readdir(out), [])
  }))

test.run()
