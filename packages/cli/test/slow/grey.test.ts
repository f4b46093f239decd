import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('a file of a grey network that takes colours')

const EXPERIMENT = `
model: { name: mlp, hidden: [8] }
dataset: { name: image-folder, folder: pictures, size: [9, 12], channels: 1, background: '#3366cc', fit: contain, normalize: data, testPart: 8 }
epochs: 6
batchSize: 4
engine: { name: tfjs, backend: cpu }
`

interface Answer {
  readonly file: string
  readonly class: string
  readonly probability: number
}

const predict = async (...args: string[]) =>
  (await ashlarJson<{ predictions: Answer[] }>('predict', ...args)).predictions

/** Bright reds on greens and bright greens on reds, of two sizes; the last of each kind is a grey picture. */
async function writePictures(folder: string): Promise<void> {
  for (const [name, middle, sides] of [
    ['green', '#10d020', '#902010'],
    ['red', '#e03020', '#105010'],
  ] as const) {
    await mkdir(join(folder, name), { recursive: true })
    for (let at = 0; at < 20; at++) {
      const [width, height] = at % 2 === 0 ? [12, 9] : [40, 31]
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
        <rect width="100%" height="100%" fill="${sides}"/>
        <rect x="30%" width="40%" height="100%" fill="${middle}" opacity="${1 - at / 60}"/></svg>`
      const picture = sharp(Buffer.from(svg))
      const drawn = at >= 18 ? picture.toColourspace('b-w') : picture
      await drawn.png().toFile(join(folder, name, `${at}.png`))
    }
  }
}

/** What the file itself says of pictures as somebody has them who knows nothing of it: of the trained size, red, green and blue. */
async function scoresOf(
  file: string,
  pictures: readonly string[],
  isChannelsFirst: boolean,
): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(file)
  try {
    const found: Float32Array[] = []
    for (const picture of pictures) {
      const { data, info } = await sharp(picture)
        .flatten({ background: '#3366cc' })
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true })
      const { height, width } = info
      const plane = height * width
      const turned = Uint8Array.from(
        data,
        (_, at) => data[(at % plane) * 3 + Math.floor(at / plane)]!,
      )
      const input = isChannelsFirst
        ? new ort.Tensor('uint8', turned, [1, 3, height, width])
        : new ort.Tensor('uint8', data, [1, height, width, 3])
      const results = await session.run({ [session.inputNames[0]!]: input })
      found.push(results[session.outputNames[0]!]!.data as Float32Array)
    }
    return found
  } finally {
    await session.release()
  }
}

function shareOf(scores: Float32Array): number {
  const exps = [...scores].map((score) => Math.exp(score - Math.max(...scores)))
  return Math.max(...exps) / exps.reduce((sum, each) => sum + each, 0)
}

test('colours and greys are what they were in training: by runtime, predict, client, verify, evaluate and in half precision', () =>
  inScratch({ 'x.yaml': EXPERIMENT }, async (folder) => {
    const pictures = join(folder, 'pictures')
    await writePictures(pictures)
    const { run } = await ashlarJson<{ run: string }>(
      ...['run', join(folder, 'x.yaml'), '--out', join(folder, 'runs')],
    )
    const expected = await predict(run, pictures)
    assert.is(expected.length, 40)
    const same = (found: readonly Answer[], most = 1e-5) => {
      assert.equal(
        found.map((each) => [each.file, each.class]),
        expected.map((each) => [each.file, each.class]),
      )
      for (const [at, { probability }] of found.entries()) {
        assert.ok(Math.abs(probability - expected[at]!.probability) < most)
      }
    }
    for (const [preprocess, layout] of [
      ['true', 'nchw'],
      ['resize', 'nhwc'],
    ] as const) {
      const file = join(folder, `${preprocess}.onnx`)
      const changes = [
        `export.preprocess=${preprocess}`,
        'export.colors=true',
        `export.layout=${layout}`,
      ]
      await ashlarJson('export', run, ...changes, '--out', file)
      same(await predict(file, pictures))
      const own = expected.filter(({ file }) => preprocess === 'resize' || isTrainedSize(file))
      const scores = await scoresOf(
        file,
        own.map((each) => each.file),
        layout === 'nchw',
      )
      for (const [at, { file, probability }] of own.entries()) {
        const most = isTrainedSize(file) ? 2e-3 : 0.03
        assert.ok(Math.abs(shareOf(scores[at]!) - probability) < most, `${file} ${probability}`)
      }
      const half = join(folder, `${preprocess}.half.onnx`)
      await ashlarJson('convert', file, '--precision', 'fp16', '--out', half)
      same(await predict(half, pictures), 5e-3)
      const server = start(['serve', file, '--port', '0'])
      try {
        const [, url] = await server.seen(/serving +(http:\S+)/)
        const { answers } = await ashlarJson<{
          answers: { file: string; classes: { label: string; value: number }[] }[]
        }>('client', pictures, '--url', url!)
        same(
          answers.map(({ file, classes: [best] }) => ({
            ...{ file, class: best!.label, probability: best!.value },
          })),
        )
      } finally {
        server.child.kill('SIGTERM')
        await server.ended
      }
    }
    const whole = ['export.preprocess=true', 'export.colors=true']
    assert.is((await ashlar('export', run, ...whole)).code, 0)
    assert.is((await ashlar('verify', run)).code, 0)
    const { agreement } = await ashlarJson<{ agreement: { sameClass: number } }>(
      ...['evaluate', run, '--on', 'both'],
    )
    assert.is(agreement.sameClass, 1)
    const alone = await ashlar(
      'export',
      run,
      'export.colors=true',
      '--out',
      join(folder, 'no.onnx'),
    )
    assert.is(alone.code, 2)
    assert.match(alone.err, /export\.colors.*`colors` needs `preprocess`/)
  }))

/** Every other picture is. */
function isTrainedSize(file: string): boolean {
  return Number(/(\d+)\.png$/.exec(file)![1]) % 2 === 0
}

test('an experiment whose network takes colours is told so before it is trained', () =>
  inScratch(
    {
      'x.yaml': `${EXPERIMENT.replace('channels: 1, ', '')}export: { preprocess: true, colors: true }\n`,
    },
    async (folder) => {
      await writePictures(join(folder, 'pictures'))
      const runs = join(folder, 'runs')
      const { code, err } = await ashlar('run', join(folder, 'x.yaml'), '--out', runs)
      assert.is(code, 2)
      assert.match(err, /export\.colors: the model must take grey pictures/)
      assert.not.ok(existsSync(runs))
      await writeFile(join(folder, 'x.yaml'), `${EXPERIMENT}export: { colors: true }\n`)
      const alone = await ashlar('run', join(folder, 'x.yaml'), '--out', runs)
      assert.is(alone.code, 2)
      assert.match(alone.err, /`colors` needs `preprocess`/)
      assert.not.ok(existsSync(runs))
    },
  ))

test.run()
