import { existsSync } from 'node:fs'
import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar } from '../support/ashlar.ts'
import { inAttack, openHome, VECTORS } from '../support/attacks.ts'
import { setMetadata } from '../support/hostile.ts'

const test = suite('replay of a file that carries an experiment of somebody else')

let home: Awaited<ReturnType<typeof openHome>>
test.before(async () => {
  home = await openHome()
})
test.after(() => home.close())

const EXPERIMENT = {
  name: 'strange',
  model: { name: 'mlp', numClasses: 2, hidden: [4] },
  dataset: {
    ...{
      name: 'arrays',
      inputs: [
        [0, 1],
        [1, 0],
        [0, 2],
        [2, 0],
      ],
      labels: [0, 1, 0, 1],
    },
    ...{ task: 'classification', classes: ['a', 'b'], testPart: 0.5 },
  },
  loss: { name: 'sparse-categorical-crossentropy', fromLogits: true },
}

test('runs, reads, writes and calls nothing that the file names, and says what it did not', () =>
  inAttack(home.run, async (place, server) => {
    const vectors = VECTORS.filter(
      ({ link, name }) => !link && name !== 'a folder of runs elsewhere',
    )
    for (const vector of vectors) {
      const file = join(place.folder, 'model.onnx')
      await copyFile(place.model, file)
      const experiment = { folder: '/somewhere/else', ...EXPERIMENT }
      await setMetadata(file, 'ashlar.experiment', JSON.stringify(vector.change(experiment, place)))
      const before = await readdir(place.folder)
      const out = join(place.folder, 'runs')
      const { code, err } = await ashlar('replay', file, '--out', out, '--folder', place.folder)
      assert.is(code, 2, `${vector.name}: ${err}`)
      // Relative paths start in the folder that the user gave: they are the file's all the same.
      const kind = vector.told(place).slice(0, 7)
      assert.match(err, kind, vector.name)
      assert.match(err, 'Add --trust if you trust all of this.')
      assert.not.ok(existsSync(place.marker))
      assert.equal(server.calls, [])
      assert.equal(await readdir(place.folder), before)
    }
  }))

test('all that a file asks for stands in one message', () =>
  inAttack(home.run, async (place) => {
    const file = join(place.folder, 'model.onnx')
    await copyFile(place.model, file)
    const asks = {
      ...EXPERIMENT,
      plugins: [place.module],
      weights: place.secret,
      dataset: { name: 'csv', file: 'data.csv', target: 'y', task: 'classification' },
      callbacks: {
        'csv-log': { file: place.outside },
        tensorboard: { folder: place.outside },
        mlflow: { url: place.url },
      },
      out: '/ignored',
    }
    await setMetadata(file, 'ashlar.experiment', JSON.stringify(asks))
    const { err } = await ashlar('replay', file, '--out', join(place.folder, 'runs'))
    assert.is(
      err,
      [
        `${file}: must be trusted for what it would do: it was not made here, or was changed since`,
        `  run    ${place.module} (plugins)`,
        `  read   ${place.secret} (weights)`,
        `  read   ${join(process.cwd(), 'data.csv')} (dataset.file)`,
        `  write  ${place.outside} (callbacks.csv-log.file)`,
        `  write  ${place.outside} (callbacks.tensorboard.folder)`,
        `  call   ${place.url} (callbacks.mlflow.url)`,
        '  Add --trust if you trust all of this.\n',
      ].join('\n'),
    )
  }))

test('a file that asks for nothing is trained', () =>
  inAttack(home.run, async (place) => {
    const { code, out, err } = await ashlar(
      'replay',
      place.model,
      '--out',
      join(place.folder, 'runs'),
    )
    assert.is(code, 0, err)
    assert.match(out, / equals /)
  }))

test.run()
