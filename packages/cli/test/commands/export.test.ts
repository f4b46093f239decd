import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar export, ways out')

/** A run that was trained, and a folder beside it. */
const withRun = (body: (run: string, folder: string) => Promise<void>) =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('train', TINY, '--out', join(folder, 'runs'))
    await body(run, folder)
  })

test('--triton adds versions to a repository, --kserve points to it', () =>
  withRun(async (run, folder) => {
    const models = join(folder, 'models')
    const manifest = join(folder, 'clouds.yaml')
    const first = await ashlarJson<{ triton: object }>('export', run, '--triton', models)
    assert.equal(first.triton, { folder: join(models, 'tiny'), version: 1 })
    const { code, out, err } = await ashlar(
      ...['export', run, '--triton', models, '--kserve', manifest],
      ...['--storage-uri', 's3://bucket/models'],
    )
    assert.is(code, 0, err)
    assert.match(out, /^triton {4}.*tiny \(version 2\)$/m)
    assert.match(out, /^kserve {4}.*clouds\.yaml$/m)
    const exported = readFileSync(join(run, 'model.onnx'))
    assert.ok(readFileSync(join(models, 'tiny/2/model.onnx')).equals(exported))
    assert.match(readFileSync(join(models, 'tiny/config.pbtxt'), 'utf8'), 'max_batch_size: 64')
    assert.ok(existsSync(join(models, 'tiny/labels.txt')))
    const service = parse(readFileSync(manifest, 'utf8'))
    assert.is(service.metadata.name, 'tiny')
    assert.is(service.spec.predictor.model.storageUri, 's3://bucket/models')
  }))

test('--name is what servers call the model', () =>
  withRun(async (run, folder) => {
    await ashlarJson('export', run, '--triton', folder, '--name', 'weather')
    assert.match(readFileSync(join(folder, 'weather/config.pbtxt'), 'utf8'), 'name: "weather"')
  }))

test('a manifest without storage, or storage without a manifest, is wrong usage', () =>
  withRun(async (run, folder) => {
    for (const [args, told] of [
      [['--kserve', join(folder, 'k.yaml')], '--kserve must come with --storage-uri URI'],
      [['--storage-uri', 's3://b'], '--storage-uri must come with --kserve FILE'],
    ] as const) {
      const { code, err } = await ashlar('export', run, ...args)
      assert.is(code, 2)
      assert.match(err, told)
    }
    assert.not.ok(readdirSync(run).includes('model.onnx'))
    assert.not.ok(existsSync(join(folder, 'k.yaml')))
  }))

test.run()
