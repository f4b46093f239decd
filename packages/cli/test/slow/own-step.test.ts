import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('an experiment whose model has a step of its own')

const OWN_STEP = fileURLToPath(new URL('../support/tiny/own-step.yaml', import.meta.url))

async function writePictures(folder: string): Promise<void> {
  for (const [name, [r, g]] of Object.entries({ green: [40, 180], red: [200, 50] })) {
    await mkdir(join(folder, name), { recursive: true })
    for (let i = 0; i < 30; i++) {
      const background = { r: r! + (i % 7), g: g! + (i % 5), b: 40 + i }
      await sharp({ create: { width: 5, height: 4, channels: 3, background } })
        .png()
        .toFile(join(folder, name, `${i}.png`))
    }
  }
}

interface Run {
  readonly run: string
  readonly test: Readonly<Record<string, number>>
  readonly export: { readonly report: { readonly verification: { readonly passed: boolean } } }
}

test('two optimizers by name, on a stream: run folder, report, going on, evaluation on both', () =>
  inScratch({}, async (folder) => {
    const pictures = join(folder, 'pictures')
    await writePictures(pictures)
    const out = (name: string) => ['--out', join(folder, name)]
    const given = `dataset.folder=${pictures}`
    const whole = await ashlarJson<Run>('run', OWN_STEP, given, ...out('whole'))
    assert.ok(whole.test.accuracy! > 0.9, JSON.stringify(whole.test))
    assert.ok(whole.export.report.verification.passed)
    const rows = (await readFile(join(whole.run, 'metrics.jsonl'), 'utf8')).trim().split('\n')
    const { metrics } = JSON.parse(rows.at(-1)!) as { metrics?: Record<string, number> }
    const names = Object.keys(metrics ?? (JSON.parse(rows.at(-1)!) as object))
    assert.ok(names.includes('loss') && names.includes('maker_loss'), String(names))

    // It goes on at the very step, with the slots of both.
    const constant = ['optimizer.judge.learningRate=0.02', given]
    const short = await ashlarJson<Run>('run', OWN_STEP, ...constant, 'epochs=2', ...out('short'))
    const long = await ashlarJson<Run>('run', '--resume', short.run, 'epochs=4')
    const straight = await ashlarJson<Run>('run', OWN_STEP, ...constant, 'epochs=4', ...out('s'))
    const weights = (run: string) => readFile(join(run, 'weights.safetensors'))
    assert.ok((await weights(long.run)).equals(await weights(straight.run)))
    const both = await ashlarJson<{ agreement: { sameClass: number } }>(
      ...['evaluate', whole.run, '--on', 'both'],
    )
    assert.is(both.agreement.sameClass, 1)
    const report = await ashlar('report', whole.run)
    assert.is(report.code, 0, report.err)
    const page = await readFile(join(whole.run, 'report.html'), 'utf8')
    assert.match(page, 'maker_loss')
    assert.match(page, 'Confusion')
    assert.is((await readdir(whole.run)).includes('model.onnx'), true)
    for (const command of ['overfit', 'lr-find']) {
      const { code, err } = await ashlar(command, OWN_STEP, given)
      assert.is(code, 2, err)
      assert.match(
        err,
        new RegExp(
          `ashlar ${command}: must be given an experiment of one optimizer, and Rivals has a step of its own with several, got "judge, maker"`,
        ),
      )
    }
    const { err } = await ashlar('run', OWN_STEP, given, 'model.name=simple-cnn', ...out('wrong'))
    assert.match(err, /several optimizers are for a model with a `trainStep` of its own/)
  }))

test.run()
