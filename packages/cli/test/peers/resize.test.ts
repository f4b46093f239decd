import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'
import { makePictures, train } from '../support/served-data.ts'

const test = suite('files that bring pictures to their size, in Python')

const python = process.env.ASHLAR_PYTHON ?? 'python3'

interface Predicted {
  readonly predictions: readonly {
    readonly file: string
    readonly class: string
    readonly probability: number
  }[]
}

test('JPEGs that Pillow decodes, as they are, are what ashlar predict says', () =>
  inScratch({}, async (folder) => {
    const pictures = join(folder, 'pictures')
    await makePictures(pictures)
    const run = await train(folder, 'pictures')
    for (const layout of ['nhwc', 'nchw']) {
      const file = join(folder, `${layout}.onnx`)
      await ashlarJson(
        ...['export', run, 'export.preprocess=resize', `export.layout=${layout}`, '--out', file],
      )
      const { predictions } = await ashlarJson<Predicted>('predict', run, pictures)
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
  }))

test.run()
