import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeTritonRepository } from '../../src/deploy/triton-repository.ts'

const test = suite<{ folder: string }>('Triton repository')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'ashlar-triton-'))
  writeFileSync(join(context.folder, 'model.onnx'), 'first')
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

function digits(folder: string) {
  return {
    name: 'digits',
    file: join(folder, 'model.onnx'),
    inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 2] }],
    outputs: [{ name: 'output', dtype: 'float32', shape: ['batch', 2] }],
    labels: ['zero', 'one'],
  }
}

test('writes the tree that Triton reads', async ({ folder }) => {
  const repository = join(folder, 'models')
  const added = await writeTritonRepository(repository, digits(folder))
  assert.equal(added, { folder: join(repository, 'digits'), version: 1 })
  const files = readdirSync(repository, { recursive: true, encoding: 'utf8' }).sort()
  assert.equal(files, [
    'digits',
    join('digits', '1'),
    join('digits', '1', 'model.onnx'),
    join('digits', 'config.pbtxt'),
    join('digits', 'labels.txt'),
  ])
  assert.is(readFileSync(join(added.folder, 'labels.txt'), 'utf8'), 'zero\none\n')
  assert.is(readFileSync(join(added.folder, '1/model.onnx'), 'utf8'), 'first')
})

test('a model that is there gets the next version', async ({ folder }) => {
  const repository = join(folder, 'models')
  await writeTritonRepository(repository, digits(folder))
  writeFileSync(join(folder, 'model.onnx'), 'second')
  const added = await writeTritonRepository(repository, digits(folder))
  assert.is(added.version, 2)
  assert.is(readFileSync(join(added.folder, '1/model.onnx'), 'utf8'), 'first')
  assert.is(readFileSync(join(added.folder, '2/model.onnx'), 'utf8'), 'second')
})

test('weights in a file of their own come along', async ({ folder }) => {
  writeFileSync(join(folder, 'model.onnx.data'), 'weights')
  const added = await writeTritonRepository(join(folder, 'models'), digits(folder))
  assert.is(readFileSync(join(added.folder, '1/model.onnx.data'), 'utf8'), 'weights')
})

test('a file that is not there leaves no version behind', async ({ folder }) => {
  const repository = join(folder, 'models')
  const missing = { ...digits(folder), file: join(folder, 'gone.onnx') }
  try {
    await writeTritonRepository(repository, missing)
    assert.unreachable('the file is not there')
  } catch (error) {
    assert.instance(error, DataError)
    assert.match((error as Error).message, 'the model must be readable')
  }
  assert.equal(readdirSync(join(repository, 'digits')).sort(), ['config.pbtxt', 'labels.txt'])
})

for (const name of ['../digits', 'a/b', '', '.hidden', 'a'.repeat(129)]) {
  test(`a model must not be called ${JSON.stringify(name.slice(0, 12))}`, async ({ folder }) => {
    try {
      await writeTritonRepository(join(folder, 'models'), { ...digits(folder), name })
      assert.unreachable('the name cannot be a folder')
    } catch (error) {
      assert.instance(error, ConfigError)
      assert.match((error as Error).message, /letters, digits, dots, dashes/)
    }
    assert.equal(readdirSync(folder), ['model.onnx'])
  })
}

test.run()
