import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar predict, on what was trained')

interface Answer {
  readonly file: string
  readonly row?: number
  readonly class: string
  readonly probability: number
  readonly probabilities: Record<string, number>
  readonly value?: number
}

const predict = async (...args: string[]) =>
  (await ashlarJson<{ predictions: Answer[] }>('predict', ...args)).predictions

/** Pictures of many proportions: red in the middle and blue at the sides, or the other way round. */
async function writePictures(folder: string, each: number): Promise<void> {
  for (const [name, middle, sides] of [
    ['blaue Ränder', '#d02010', '#1020d0'],
    ['red-sides', '#1020d0', '#d02010'],
  ] as const) {
    await mkdir(join(folder, name), { recursive: true })
    for (let i = 0; i < each; i++) {
      const [width, height] = [
        [40, 20],
        [20, 40],
        [30, 30],
        [61, 17],
      ][i % 4]!
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
        <rect width="100%" height="100%" fill="${sides}"/>
        <rect x="30%" width="40%" height="100%" fill="${middle}" opacity="${1 - i / 100}"/></svg>`
      await sharp(Buffer.from(svg))
        .png()
        .toFile(join(folder, name, `${i}.png`))
    }
  }
}

test('pictures: predict, client and evaluate see what training saw, whatever fits the pictures', () =>
  inScratch({}, async (folder) => {
    const pictures = join(folder, 'pictures')
    await writePictures(pictures, 12)
    for (const [fit, model] of [
      ['cover', '{ name: mlp, hidden: [8] }'],
      ['contain', '{ name: mlp, hidden: [8], numClasses: 1 }'],
    ] as const) {
      const file = join(folder, `${fit}.yaml`)
      await writeFile(
        file,
        `model: ${model}\ndataset: { name: image-folder, folder: pictures, size: [9, 9], fit: ${fit}, testPart: 8 }
epochs: 30\nbatchSize: 4\nengine: { name: tfjs, backend: cpu }\n`,
      )
      const { run, test: tested } = await ashlarJson<{ run: string; test: { accuracy: number } }>(
        ...['run', file, '--out', join(folder, fit)],
      )
      assert.ok(tested.accuracy >= 0.75, `${fit}: ${tested.accuracy}`)
      const all = await predict(run, pictures)
      assert.is(all.length, 24)
      assert.equal([...new Set(all.map((each) => each.class))].sort(), [
        'blaue Ränder',
        'red-sides',
      ])
      const right = all.filter((each) => each.file.includes(`/${each.class}/`)).length
      assert.ok(right >= 20, `${fit}: ${right} of 24`)
      for (const each of all) {
        const sum = Object.values(each.probabilities).reduce((total, share) => total + share, 0)
        assert.ok(Math.abs(sum - 1) < 1e-6)
        assert.is(each.probability, each.probabilities[each.class])
      }
      // What is broken is listed, the others are answered, and the exit code says so.
      const mixed = join(folder, `mixed-${fit}`)
      await mkdir(mixed)
      await copyFile(all[0]!.file, join(mixed, '1.png'))
      await writeFile(join(mixed, '2.png'), 'no picture')
      await copyFile(all[1]!.file, join(mixed, '3.png'))
      const { code, out, err } = await ashlar('predict', run, mixed, '--json')
      assert.is(code, 1)
      const { predictions, failed } = JSON.parse(out) as {
        predictions: Answer[]
        failed: { file: string; error: string }[]
      }
      assert.equal(
        predictions.map((each) => [each.file, each.class]),
        [
          [join(mixed, '1.png'), all[0]!.class],
          [join(mixed, '3.png'), all[1]!.class],
        ],
      )
      assert.equal(
        failed.map(({ file }) => file),
        [join(mixed, '2.png')],
      )
      assert.match(failed[0]!.error, /2\.png: must be /)
      assert.match(err, `${failed[0]!.error}\n1 of 3 files could not be read; the others were.\n`)
      assert.is((await ashlar('predict', run, join(mixed, '2.png'))).code, 1)

      // Another way of the same pictures into the model: the dataset itself.
      const onFile = await ashlarJson<{ evaluation: { onnx: { accuracy: number } } }>(
        ...['evaluate', run, '--on', 'onnx', `dataset.test=${pictures}`],
      )
      assert.is(onFile.evaluation.onnx.accuracy, right / 24)

      const averaged = await ashlarJson<{
        tta: string[]
        metrics: { loss: number; accuracy: number }
        evaluation: { model: { accuracy: number } }
        agreement: { largestDifference: number }
      }>('evaluate', run, '--on', 'both', '--tta', 'flip,rotate,shift')
      assert.equal(averaged.tta, ['flip', 'rotate', 'shift'])
      assert.is(averaged.metrics.accuracy, averaged.evaluation.model.accuracy)
      assert.ok(averaged.metrics.loss > 0)
      assert.ok(averaged.agreement.largestDifference < 1e-4)

      const server = start(['serve', run, '--port', '0'])
      try {
        const [, url] = await server.seen(/serving +(http:\S+)/)
        const files = all.slice(0, 14).map((each) => each.file)
        const asked = await ashlar(
          'client',
          ...files,
          join(mixed, '2.png'),
          '--url',
          url!,
          '--json',
        )
        assert.is(asked.code, 1)
        assert.match(asked.err, '1 of 15 files could not be read; the others were.')
        const { answers, failed: refused } = JSON.parse(asked.out) as {
          answers: { file: string; classes: { label: string; value: number }[] }[]
          failed: { file: string }[]
        }
        assert.equal(
          refused.map(({ file }) => file),
          [join(mixed, '2.png')],
        )
        assert.is(answers.length, files.length)
        // A folder stands for what is in it.
        const whole = await ashlar('client', mixed, '--url', url!)
        assert.is(whole.code, 1)
        assert.match(whole.out, /^.*1\.png .*\n.*3\.png .*\n$/)
        for (const [at, { file, classes }] of answers.entries()) {
          assert.is(file, files[at])
          assert.is(classes[0]?.label, all[at]?.class)
          assert.ok(Math.abs(classes[0]!.value - all[at]!.probability) < 1e-5)
        }
      } finally {
        server.child.kill('SIGTERM')
        await server.ended
      }
    }
  }))

test('tables: rows as training had them, categories that are new, cells that are missing; CSV out', () =>
  inScratch({}, async (folder) => {
    const rows = Array.from({ length: 60 }, (_, i) => {
      const large = 50_000 + 1000 * ((i * 37) % 60)
      const city = i % 3 === 0 ? 'Oslo' : 'Bern'
      return `${large},${i % 7 === 0 ? '' : (i % 5) / 1000},${city},${large > 80_000 ? 'rich' : 'poor'}`
    })
    await writeFile(join(folder, 't.csv'), `income,share,city,kind\n${rows.join('\n')}\n`)
    await writeFile(
      join(folder, 't.yaml'),
      `model: { name: mlp, hidden: [16] }
dataset: { name: csv, file: t.csv, target: kind, task: classification, categorical: [city], missing: median, missingIndicator: true }
epochs: 40\nbatchSize: 8\noptimizer: { name: adam, learningRate: 0.02 }\nengine: { name: tfjs, backend: cpu }\n`,
    )
    const { run, test: tested } = await ashlarJson<{ run: string; test: { accuracy: number } }>(
      ...['run', join(folder, 't.yaml'), '--out', join(folder, 'runs')],
    )
    assert.ok(tested.accuracy > 0.8, `not standardized? ${tested.accuracy}`)
    // Other columns, in another order, without the target.
    const fresh = join(folder, 'fresh.csv')
    await writeFile(fresh, 'city,more,share,income\nOslo,x,0.002,108000\nNowhere,x,,51000\n')
    const found = await predict(join(run, 'model.onnx'), fresh)
    assert.equal(
      found.map((each) => [each.row, each.class]),
      [
        [1, 'rich'],
        [2, 'poor'],
      ],
    )
    const table = await ashlar('predict', run, fresh, '--csv')
    assert.match(
      table.out,
      /^file,row,class,probability\n.*fresh\.csv,1,rich,[\d.e-]+\n.*,2,poor,[\d.e-]+\n$/,
    )
    const shown = await ashlar('predict', run, join(folder, 'fresh.*'))
    assert.match(
      shown.out,
      /^file +row +class +probability +others\n.* 1 +rich +[01]\.\d{3} +poor /,
    )

    await writeFile(fresh, 'city,income\nOslo,1\n')
    const refused = await ashlar('predict', run, fresh)
    assert.is(refused.code, 1)
    assert.match(
      refused.err,
      /must have the columns that the model was trained with; there is no "share", got \["city", "income"\]/,
    )
  }))

test('a file that makes samples itself gives the same: pictures and tables, here and from a server', () =>
  inScratch({}, async (folder) => {
    await writePictures(join(folder, 'pictures'), 8)
    const rows = Array.from(
      { length: 30 },
      (_, i) =>
        `${1000 * i},${i % 7 === 0 ? '' : i % 5},${i % 6 === 0 ? '' : ['red', 'blue'][i % 2]},${i > 14}`,
    )
    await writeFile(join(folder, 't.csv'), `a,b,colour,large\n${rows.join('\n')}\n`)
    for (const [name, dataset, input, ...ways] of [
      [
        'p',
        'name: image-folder, folder: pictures, size: [9, 9], testPart: 4',
        'pictures',
        'true',
        'resize',
      ],
      [
        't',
        'name: csv, file: t.csv, target: large, task: classification, categorical: [colour], unseen: ignore, missing: mean, missingIndicator: true',
        't.csv',
        'true',
      ],
    ] as const) {
      await writeFile(
        join(folder, `${name}.yaml`),
        `model: { name: mlp, hidden: [8] }\ndataset: { ${dataset} }\nepochs: 2\nbatchSize: 4\nengine: { name: tfjs, backend: cpu }\n`,
      )
      const { run } = await ashlarJson<{ run: string }>(
        ...['run', join(folder, `${name}.yaml`), '--out', join(folder, 'runs')],
      )
      const from = join(folder, input)
      const expected = await predict(run, from)
      for (const way of ways) {
        const raw = join(folder, `${name}-${way}.onnx`)
        assert.is((await ashlar('export', run, `export.preprocess=${way}`, '--out', raw)).code, 0)
        const found = await predict(raw, from)
        assert.is(found.length, expected.length)
        for (const [at, { class: name, probability }] of found.entries()) {
          assert.is(name, expected[at]!.class)
          assert.ok(Math.abs(probability - expected[at]!.probability) < 1e-5)
        }
        const server = start(['serve', raw, '--port', '0'])
        try {
          const [, url] = await server.seen(/serving +(http:\S+)/)
          const file = found[0]!.file
          const { answers } = await ashlarJson<{
            answers: { classes: { label: string; value: number }[] }[]
          }>('client', file, '--url', url!)
          assert.is(answers[0]!.classes[0]!.label, found[0]!.class)
          assert.ok(Math.abs(answers[0]!.classes[0]!.value - found[0]!.probability) < 1e-5)
        } finally {
          server.child.kill('SIGTERM')
          await server.ended
        }
      }
    }
  }))

test('numbers are given as they are, by the name of what is predicted', () =>
  inScratch({}, async (folder) => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i / 10},${2 * (i / 10) + 1}`)
    await writeFile(join(folder, 't.csv'), `x,y\n${rows.join('\n')}\n`)
    await writeFile(
      join(folder, 't.yaml'),
      `model: { name: mlp, hidden: [] }
dataset: { name: csv, file: t.csv, target: y, task: regression }
epochs: 60\nbatchSize: 4\noptimizer: { name: adam, learningRate: 0.1 }\nengine: { name: tfjs, backend: cpu }\n`,
    )
    const { run } = await ashlarJson<{ run: string }>(
      ...['run', join(folder, 't.yaml'), '--out', join(folder, 'runs')],
    )
    await writeFile(join(folder, 'q.csv'), 'x\n2\n')
    const [answer] = await predict(run, join(folder, 'q.csv'))
    assert.ok(Math.abs(answer!.value! - 5) < 0.3, String(answer!.value))
    const { out } = await ashlar('predict', run, join(folder, 'q.csv'), '--csv')
    assert.match(out, /^file,row,value\n/)
  }))

test.run()
