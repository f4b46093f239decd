import { cp, mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunSummary } from '@ashlar/experiment'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createOutput } from '../../src/terminal/output.ts'
import { describeLeftOut } from '../../src/work/left-out.ts'
import { ashlar, ashlarJson, recorder } from '../support/ashlar.ts'
import { strange } from '../support/hostile.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('what a dataset left out')

const EXPERIMENT = `model: { name: mlp, numClasses: 2, hidden: [2] }
dataset: { name: image-folder, folder: pictures, test: pictures, size: [2, 2], broken: skip }
loss: { name: sparse-categorical-crossentropy, fromLogits: true }
`

test('is told in training and in evaluation, and kept in the summary', () =>
  inScratch({ 'e.yaml': EXPERIMENT }, async (folder) => {
    for (const [label, name] of ['cat', 'dog'].entries()) {
      await mkdir(join(folder, 'pictures', name), { recursive: true })
      for (const i of [0, 1]) {
        const create = {
          width: 2,
          height: 2,
          channels: 3,
          background: { r: label * 99, g: i, b: 0 },
        }
        await sharp({ create: { ...create, channels: 3 } }).toFile(
          join(folder, 'pictures', name, `${i}.png`),
        )
      }
    }
    const broken = join(folder, 'pictures', 'dog', '1.png')
    await writeFile(broken, 'no picture')
    const { code, out, err } = await ashlar('run', join(folder, 'e.yaml'), '--out', folder)
    assert.is(code, 0, err)
    const told = /\nleft out {2}2 samples of the data:\n {10}(.*) must be a whole PNG.*\n {10}/
    assert.is(told.exec(out)?.[1], broken)
    const run = join(folder, await readlink(join(folder, 'latest')))
    const summary: RunSummary = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'))
    // In training and in testing, as both take the same folder.
    assert.equal(
      summary.dataset.leftOut?.map(({ where }) => where),
      [broken, broken],
    )
    assert.is(summary.dataset.leftOutCount, 2)
    assert.is(summary.samples, 3)
    for (const args of [['evaluate'], ['evaluate', '--on', 'onnx'], ['export'], ['verify']]) {
      const [command = '', ...flags] = args
      assert.match((await ashlar(command, run, ...flags)).out, told, args.join(' '))
    }
    // Of somebody else, whose code is not run: the file is tested alone, and says as much.
    const own = join(folder, 'theirs', 'pictures')
    const theirs = await strange(run, join(folder, 'theirs'), (config) => ({
      ...config,
      dataset: { ...(config.dataset as object), folder: own, test: own },
      plugins: [join(folder, 'theirs/none.ts')],
    }))
    await cp(join(folder, 'pictures'), own, { recursive: true })
    const tested = await ashlar('evaluate', theirs, '--on', 'onnx')
    assert.is(tested.code, 0, tested.err)
    assert.is(told.exec(tested.out)?.[1], join(own, 'dog', '1.png'))
    const { dataset } = await ashlarJson<RunSummary>('evaluate', theirs, '--on', 'onnx')
    assert.equal([dataset.leftOut?.length, dataset.leftOutCount], [2, 2])
  }))

test('is cut on a screen, and nothing is nothing', () => {
  const told = (count: number) => {
    const stdout = recorder()
    const leftOut = Array.from({ length: count }, (_, i) => ({
      where: `/x/${i}.png`,
      reason: 'is bad',
    }))
    describeLeftOut(leftOut, createOutput({}, { stdout: stdout.stream, stderr: stdout.stream }))
    return stdout.text().split('\n').slice(0, -1)
  }
  assert.equal(told(0), [])
  assert.equal(told(1), ['left out  1 sample of the data:', '          /x/0.png is bad'])
  assert.is(told(12).length, 12)
  assert.is(told(12).at(-1), '          and 2 more')
})

test('counts samples that one entry stands for', () => {
  const stdout = recorder()
  const leftOut = [
    { where: '/x/a.csv, line 2', reason: 'has no "b"' },
    { where: '/x/a.csv', reason: 'has more rows without a value', count: 40 },
  ]
  describeLeftOut(leftOut, createOutput({}, { stdout: stdout.stream, stderr: stdout.stream }))
  assert.match(stdout.text(), /^left out {2}41 samples of the data:\n/)
})

test.run()
