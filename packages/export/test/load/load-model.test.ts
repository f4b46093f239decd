import { rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, loadTfjsModel } from '../../src/index.ts'
import { refusal } from '../support/refusal.ts'
import { saveModel, writeModel } from '../support/saved.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('loadTfjsModel')

const dense = () =>
  tf.sequential({ layers: [tf.layers.dense({ units: 5, inputShape: [4], activation: 'tanh' })] })

const twoInputs = () => {
  const a = tf.input({ shape: [3], name: 'a' })
  const b = tf.input({ shape: [3], name: 'b' })
  const sum = tf.layers.add({ name: 'sum' }).apply([a, b]) as tf.SymbolicTensor
  const head = tf.layers.dense({ units: 2, name: 'head' }).apply(sum) as tf.SymbolicTensor
  return tf.model({ inputs: [a, b], outputs: [head, sum] })
}

test('sequential and functional models, from a file or its folder, in one shard or many', async () => {
  await inScratch(async (folder) => {
    for (const [name, make] of Object.entries({ dense, twoInputs })) {
      for (const shardBytes of [1 << 22, 16]) {
        const model = make()
        const path = await saveModel(model, join(folder, name, String(shardBytes)), shardBytes)
        for (const place of [path, join(folder, name, String(shardBytes))]) {
          const loaded = (await loadTfjsModel(place)) as tf.LayersModel
          assert.equal(
            loaded.getWeights().map((each) => each.arraySync()),
            model.getWeights().map((each) => each.arraySync()),
          )
          const { report } = await exportOnnx(loaded)
          assert.ok(report.verification.passed)
          loaded.dispose()
        }
      }
    }
  })
})

test('inputs and outputs keep the names that somebody gave them', async () => {
  await inScratch(async (folder) => {
    const loaded = await loadTfjsModel(await saveModel(twoInputs(), folder))
    const { report } = await exportOnnx(loaded)
    assert.equal(
      report.file.inputs.map(({ name }) => name),
      ['a', 'b'],
    )
    assert.equal(
      report.file.outputs.map(({ name }) => name),
      ['head', 'sum'],
    )
  })
})

test('weights of 8 and 16 bits are read as the converter wrote them', async () => {
  await inScratch(async (folder) => {
    const source = await saveModel(dense(), folder)
    const { default: saved } = (await import(source, { with: { type: 'json' } })) as {
      default: { modelTopology: object; weightsManifest: { weights: object[] }[] }
    }
    const [kernel, bias] = saved.weightsManifest[0]!.weights as [object, object]
    const path = await writeModel(join(folder, 'quantized'), {
      format: 'layers-model',
      modelTopology: saved.modelTopology,
      weights: [
        {
          ...kernel,
          quantization: { dtype: 'uint8', scale: 0.01, min: -1, original_dtype: 'float32' },
        },
        { ...bias, quantization: { dtype: 'float16', original_dtype: 'float32' } },
      ],
      data: Uint8Array.from([...Array(20).keys(), ...Array(5).fill([0x00, 0x3c]).flat()]),
    })
    const loaded = (await loadTfjsModel(path)) as tf.LayersModel
    const [weights, shift] = loaded.getWeights()
    assert.ok(Math.abs(weights!.dataSync()[7]! + 0.93) < 1e-6)
    assert.equal([...shift!.dataSync()], [1, 1, 1, 1, 1])
    assert.ok((await exportOnnx(loaded)).report.verification.passed)
  })
})

/** The message, without the path, of the error for a saved model that `damage` was done to. */
async function refused(
  damage: (path: string, folder: string) => Promise<unknown>,
): Promise<string> {
  return inScratch(async (folder) => {
    const path = await saveModel(dense(), folder, 60)
    await damage(path, folder)
    const error = await refusal(() => loadTfjsModel(path))
    assert.instance(error, DataError)
    return error.message.replace(path, 'FILE')
  })
}

const rewrite = (change: (model: Record<string, unknown>) => void) =>
  refused(async (path) => {
    const { readFile } = await import('node:fs/promises')
    const model = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    change(model)
    await writeFile(path, JSON.stringify(model))
  })

test('a model.json that is cut off or something else', async () => {
  assert.match(
    await refused((path) => truncate(path, 300)),
    /^FILE: must be JSON; it may have been cut off\n {2}/,
  )
  assert.match(await refused((path) => rm(path)), /^FILE: the file must be readable\n {2}ENOENT/)
  assert.is(await refused((path) => writeFile(path, '7')), 'FILE: must be a JSON object')
  assert.is(
    await refused((path) => writeFile(path, '[{"paths": ["a.bin"], "weights": []}]')),
    'FILE: must be a JSON object\n' +
      '  A list may be a manifest of weights: the file that has the topology as well is needed.',
  )
  assert.is(
    await rewrite((model) => Object.assign(model, { format: 'onnx' })),
    'FILE: must be a layers-model or a graph-model of TensorFlow.js, got "onnx"',
  )
  assert.match(
    await rewrite((model) => Object.assign(model, { modelTopology: { class_name: 'Sequential' } })),
    /^FILE: TensorFlow\.js must be able to load it\n {2}/,
  )
})

test('a model.json that nests absurdly deep', async () => {
  const deep = `{"modelTopology": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  assert.is(
    await refused((path) => writeFile(path, deep)),
    'FILE: must not nest more than 500 deep',
  )
  const inText = `{"modelTopology": {"class_name": "${'[\\"'.repeat(1000)}"}}`
  assert.match(await refused((path) => writeFile(path, inText)), /TensorFlow\.js must be able/)
})

test('weight files that are missing, cut off or too long', async () => {
  assert.is(
    await refused(async (_, folder) => {
      await rm(join(folder, 'group1-shard1of2.bin'))
      await rm(join(folder, 'group1-shard2of2.bin'))
    }),
    'FILE: all weight files must lie in its folder, 2 of 2 are missing, got ["group1-shard1of2.bin", "group1-shard2of2.bin"]',
  )
  assert.is(
    await refused((_, folder) => truncate(join(folder, 'group1-shard2of2.bin'), 30)),
    'FILE: the files group1-shard1of2.bin to group1-shard2of2.bin must have 100 bytes, as their weights say, got 90\n' +
      '  A file may have been cut off: download it again.',
  )
  assert.is(
    await refused((_, folder) => truncate(join(folder, 'group1-shard2of2.bin'), 70)),
    'FILE: the files group1-shard1of2.bin to group1-shard2of2.bin must have 100 bytes, as their weights say, got 130',
  )
})

test('weight files outside of the folder', async () => {
  for (const place of [
    '../secret.bin',
    '/etc/passwd',
    'a/../../secret.bin',
    'C:\\secret',
    'a//b',
  ]) {
    assert.is(
      await rewrite((model) => {
        const [group] = model.weightsManifest as [{ paths: string[] }]
        group.paths[0] = place
      }),
      `FILE: weight files must lie in its folder or below, got ${JSON.stringify(place)}`,
    )
  }
})

test('weights whose list is damaged', async () => {
  const change = (weight: object) =>
    rewrite((model) => {
      const [group] = model.weightsManifest as [{ weights: object[] }]
      Object.assign(group.weights[0]!, weight)
    })
  assert.match(
    await change({ shape: [-1, 4] }),
    /^FILE: weightsManifest\[0\]\[weights\]\[0\]\[shape\]\[0\] must be as TensorFlow\.js writes it\n/,
  )
  assert.match(await change({ dtype: 'float8' }), /\[dtype\] must be as/)
  assert.match(await change({ shape: [1e9, 1e6] }), /must have 4\d+ bytes, as their weights say/)
  assert.match(await change({ name: 'other' }), /TensorFlow\.js must be able to load it/)
})

test('layers that nobody knows are named', async () => {
  assert.is(
    await rewrite((model) => {
      const { config } = (model.modelTopology as { config?: unknown }).config
        ? (model.modelTopology as { config: { layers: { class_name: string }[] } })
        : (
            model.modelTopology as {
              model_config: { config: { layers: { class_name: string }[] } }
            }
          ).model_config
      config.layers[0]!.class_name = 'SwishDense'
    }),
    'FILE: every layer must be known, SwishDense is not\n' +
      '  Register its class by tf.serialization.registerClass, on the command line in a module given by --plugin.',
  )
})

test('shards may be links, as caches have them', async () => {
  await inScratch(async (folder) => {
    const path = await saveModel(dense(), join(folder, 'blobs'))
    await symlink(join(folder, 'blobs'), join(folder, 'model'))
    assert.ok(await loadTfjsModel(path.replace('blobs', 'model')))
  })
})

test.run()
