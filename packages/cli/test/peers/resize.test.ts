import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'
import { GREY, makePictures, train, trainYaml } from '../support/served-data.ts'

const test = suite('files that bring pictures to their size, in Python')

const python = process.env.ASHLAR_PYTHON ?? 'python3'

interface Predicted {
  readonly predictions: readonly {
    readonly file: string
    readonly class: string
    readonly probability: number
  }[]
}

/** What Python says of pictures is what `ashlar predict` says. */
async function agrees(folder: string, run: string, file: string): Promise<void> {
  const { predictions } = await ashlarJson<Predicted>('predict', run, join(folder, 'pictures'))
  assert.is(predictions.length, 48)
  const program = fileURLToPath(new URL('resize.py', import.meta.url))
  const files = predictions.map((each) => each.file)
  const { status, stdout, stderr } = spawnSync(python, [program, file, ...files], {
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  const found = JSON.parse(stdout) as readonly (readonly [string, number])[]
  for (const [at, [name, probability]] of found.entries()) {
    assert.is(name, predictions[at]!.class)
    assert.ok(Math.abs(probability - predictions[at]!.probability) < 0.03)
  }
}

test('JPEGs that Pillow decodes, as they are, are what ashlar predict says', () =>
  inScratch({}, async (folder) => {
    await makePictures(join(folder, 'pictures'))
    const run = await train(folder, 'pictures')
    for (const layout of ['nhwc', 'nchw']) {
      const file = join(folder, `${layout}.onnx`)
      await ashlarJson(
        ...['export', run, 'export.preprocess=resize', `export.layout=${layout}`, '--out', file],
      )
      await agrees(folder, run, file)
    }
  }))

test('those in colours for a network that sees them grey', () =>
  inScratch({}, async (folder) => {
    await makePictures(join(folder, 'pictures'))
    const run = await trainYaml(folder, 'grey', GREY)
    const file = join(folder, 'grey.onnx')
    const changes = ['export.preprocess=resize', 'export.colors=true']
    await ashlarJson('export', run, ...changes, '--out', file)
    await agrees(folder, run, file)
  }))

test.run()
