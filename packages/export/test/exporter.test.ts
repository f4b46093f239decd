import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openContainer, Registry } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { z } from 'zod'
import { exporterPlugins, onnxExporter } from '../src/index.ts'
import { images, tinyNet } from './support/models.ts'
import { inScratch } from './support/scratch.ts'

const test = suite('exporter plugins')

test('every option says what it is', () => {
  for (const { name, options } of exporterPlugins) {
    for (const [key, option] of Object.entries(options.shape)) {
      assert.type((option as z.ZodType).description, 'string', `${name}.${key}`)
    }
  }
})

test('a model exports itself through an exporter from the container', async () => {
  await inScratch(async (folder) => {
    const container = openContainer(new Registry().register(exporterPlugins, '@ashlar/export'), {
      seed: 1,
      folder,
    })
    const exporter = container.create('exporter', { name: 'onnx', opset: 18 }, 'experiment.export')
    const report = await tinyNet().export(join(folder, 'a.onnx'), exporter, {
      metadata: { a: 'b' },
      samples: images(9),
    })
    assert.is((report as { file: { opset: number } }).file.opset, 18)
    assert.throws(
      () => container.create('exporter', { name: 'onnx', opset: 9 }, 'experiment.export'),
      /experiment\.export\.opset/,
    )
    await container.dispose()
    assert.equal(await readdir(folder), ['a.onnx'])
  })
})

test('without a container as well', async () => {
  await inScratch(async (folder) => {
    const report = await tinyNet().export(join(folder, 'a.onnx'), onnxExporter({ layout: 'nchw' }))
    assert.is(report.file.layout, 'nchw')
  })
})

test.run()
