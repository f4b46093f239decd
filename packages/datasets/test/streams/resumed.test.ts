import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  checkpoint,
  type FitOptions,
  layers,
  Model,
  readCheckpoint,
  type TrainingState,
} from '@ashlar/core'
import { oneIn, refusal, tieredSuite } from '@ashlar/test-support'
import type * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { imageFolder, jsonLines } from '../../src/index.ts'
import { withCacheIn } from '../support/cache-home.ts'
import { writePicture, writePictureFolder } from '../support/pictures.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { records, writeLines } from '../support/records.ts'
import { openStream, streamFormats } from '../support/stream-formats.ts'
import { epochOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('streams that go on')

const some = oneIn(16, { test, slow })

class Net extends Model {
  readonly flat = layers.flatten()
  readonly drop = layers.dropout({ rate: 0.2 })
  readonly head = layers.dense({ units: 2 })

  override call(x: tf.Tensor): tf.Tensor {
    const rows = x.rank > 2 ? this.flat.apply(x) : x
    return this.head.apply(this.drop.apply(rows))
  }
}

const kind = { target: 'kind', task: 'classification' }
const all = records(24)

/** The weights that some epochs end with, and their losses. */
async function trained(
  dataset: ReturnType<typeof createAnyDataset>,
  options: Partial<FitOptions>,
): Promise<unknown> {
  const { train, digest } = await dataset.load()
  const model = new Net()
  model.compile({ optimizer: 'adam', loss: 'sparse-categorical-crossentropy' })
  try {
    const { metrics, steps } = await model.fit(
      { ...train, info: dataset.info },
      { engine: 'tfjs', seed: 3, epochs: 2, batchSize: 4, digest, ...options },
    )
    const weights = []
    for (const weight of model.weights) weights.push(...(await weight.read().data()))
    return { metrics, steps, weights }
  } finally {
    model.dispose()
  }
}

const FAMILY = Object.keys(streamFormats).flatMap((format) =>
  ['onnxruntime', 'tfjs'].map((engine) => ({ format, engine })),
)

for (const { format, engine } of FAMILY) {
  some(
    `${format} by ${engine}: no thread, one or four, and another number of them in mid-epoch`,
    () =>
      withTempFolder(async (root) => {
        const folder = join(root, 'data')
        await mkdir(folder)
        await streamFormats[format]!.write(folder, 12)
        await withCacheIn(join(root, 'home'), async () => {
          const create = (more: object) => openStream(format, folder, more)
          // Arrays lie decoded as they are.
          const cached = format === 'arrays' ? {} : { cache: true }
          const plain = create({ threads: 1 })
          const expected = await epochOf((await plain.load()).train, plain)
          for (const more of [{ threads: 0 }, { threads: 4 }, { threads: 0, ...cached }]) {
            const other = create(more)
            assert.equal(await epochOf((await other.load()).train, other), expected)
          }
          const whole = await trained(plain, { engine })
          const out = join(root, 'out')
          const stop = new AbortController()
          await trained(create({ threads: 4 }), {
            engine,
            signal: stop.signal,
            callbacks: [
              checkpoint(out, { everySteps: 1 }),
              {
                name: 'stop',
                onBatchEnd({ step }) {
                  if (step === 6) stop.abort()
                },
              },
            ],
          })
          const found = await readCheckpoint(out)
          for (const more of [{ threads: 0 }, { threads: 2, ...cached }]) {
            assert.equal(await trained(create(more), { engine, resume: found!.state }), whole)
          }
        })
      }),
  )
}

slow('data that has changed in between: a run does not go on with it', () =>
  withTempFolder(async (root) => {
    const folder = join(root, 'data')
    await mkdir(folder)
    await writePictureFolder(folder, 6)
    const lines = all.slice(0, 12).map((each) => ({
      ...each,
      file: `${each.kind}/00${each.id % 6}.${each.id % 2 ? 'jpg' : 'png'}`,
    }))
    await writeLines(join(folder, 'a.jsonl'), lines)
    const pictures = { as: 'picture', size: [4, 4], threads: 1 }
    const folders = createAnyDataset(
      imageFolder,
      { folder: '.', size: [4, 4], stream: true, threads: 1 },
      { folder },
    )
    const named = () =>
      createAnyDataset(
        jsonLines,
        { files: 'a.jsonl', input: 'file', ...pictures, ...kind },
        { folder },
      )
    const datasets = [() => folders, named]
    const states: TrainingState[] = []
    for (const [at, create] of datasets.entries()) {
      const out = join(root, `out${at}`)
      await trained(create(), { callbacks: [checkpoint(out, { everySteps: 1 })] })
      states.push((await readCheckpoint(out))!.state)
    }
    const goesOn = (at: number) =>
      refusal(() => trained(datasets[at]!(), { resume: states[at]!, epochs: 3 }))
    const path = join(folder, 'dog', '001.jpg')
    const size = { width: 5, height: 5 }
    for (const change of [
      () => writePicture(path, [1, 200, 3], size),
      () => writeFile(path, 'none'),
    ]) {
      await change()
      for (const at of datasets.keys()) assert.match(await goesOn(at), /data/)
    }
    await writePicture(path, [1, 200, 3], size)
    await writePicture(join(folder, 'dog', '100.jpg'), [1, 2, 3], size)
    assert.match(await goesOn(0), /data/)
    await rm(path)
    assert.match(await goesOn(1), /001\.jpg|data/)
  }),
)

test.run()
