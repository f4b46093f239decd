import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('a file that names classes itself')

const KINDS = ['flach', 'rund: groß', 'spitz']

const EXPERIMENT = `
model: { name: mlp, hidden: [8] }
dataset: { name: csv, file: t.csv, target: kind, task: classification, testPart: 15 }
optimizer: { name: adam, learningRate: 0.05 }
export: { labels: true, preprocess: true }
epochs: 12
batchSize: 8
engine: { name: tfjs, backend: cpu }
`

interface Named {
  readonly predictions: readonly { readonly class: string }[]
}

test('predict, evaluate, verify, serve and client take it, and the server says the names', () =>
  inScratch({ 'x.yaml': EXPERIMENT }, async (folder) => {
    const rows = Array.from({ length: 90 }, (_, i) => [i % 31, (i * 7) % 29])
    const kindOf = ([a, b]: readonly number[]) => KINDS[a! < 10 ? 0 : b! < 15 ? 1 : 2]!
    const lines = rows.map((row) => `${row.join()},"${kindOf(row)}"`)
    await writeFile(join(folder, 't.csv'), `a,b,kind\n${lines.join('\n')}\n`)
    const { run } = await ashlarJson<{ run: string }>(
      ...['run', join(folder, 'x.yaml'), '--out', join(folder, 'runs')],
    )
    const asked = join(folder, 'new.csv')
    await writeFile(asked, 'a,b\n3,4\n28,2\n29,28\n15,20\n')
    const { predictions } = await ashlarJson<Named>('predict', run, asked)
    const classes = predictions.map((each) => each.class)
    assert.ok(new Set(classes).size > 1, classes.join())
    assert.is((await ashlar('verify', run)).code, 0)
    const { agreement } = await ashlarJson<{ agreement: { sameClass: number } }>(
      ...['evaluate', run, '--on', 'both'],
    )
    assert.is(agreement.sameClass, 1)
    const server = start(['serve', run, '--port', '0'])
    try {
      const [, url] = await server.seen(/serving +(http:\S+)/)
      const { answers } = await ashlarJson<{
        answers: { classes: { label: string }[] }[]
      }>('client', asked, '--url', url!)
      assert.equal(
        answers.map((each) => each.classes[0]!.label),
        classes,
      )
      const post = async (path: string, body: object) =>
        (await fetch(`${url}/v2/${path}`, { method: 'POST', body: JSON.stringify(body) })).json()
      const [{ name }] = (await post('repository/index', {})) as [{ name: string }]
      const { outputs } = (await post(`models/${name}/infer`, {
        inputs: [
          { name: 'input', datatype: 'FP32', shape: [4, 2], data: [3, 4, 28, 2, 29, 28, 15, 20] },
        ],
        outputs: [{ name: 'label' }],
      })) as { outputs: { name: string; datatype: string; data: string[] }[] }
      assert.equal(
        outputs.map((each) => [each.name, each.datatype, each.data]),
        [['label', 'BYTES', classes]],
      )
    } finally {
      server.child.kill('SIGTERM')
      await server.ended
    }
  }))

test('an experiment whose model tells no classes is told so before it is trained', () =>
  inScratch(
    {
      'x.yaml': EXPERIMENT.replace('target: kind', 'target: b').replace(
        'task: classification',
        'task: regression',
      ),
    },
    async (folder) => {
      const rows = Array.from({ length: 60 }, (_, i) => `${i % 31},${((i * 7) % 29) / 3}`)
      await writeFile(join(folder, 't.csv'), `a,b\n${rows.join('\n')}\n`)
      const runs = join(folder, 'runs')
      const { code, err } = await ashlar('run', join(folder, 'x.yaml'), '--out', runs)
      assert.is(code, 2)
      assert.match(
        err,
        /export\.labels: the model must tell classes, one of which is right, .*got \["regression"\]/,
      )
      assert.not.ok(existsSync(runs))
    },
  ))

test.run()
