import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRepository } from '../../src/models/repository.ts'
import { scratch } from '../support/scratch.ts'

const test = suite('names of classes in a repository')

const CONFIG = 'output [ { name: "y" data_type: TYPE_FP32 dims: 2 label_filename: "labels.txt" } ]'

async function labelsOf(prepare: (path: string) => void): Promise<readonly string[] | undefined> {
  const { path, write, remove } = scratch()
  try {
    write('models/m/config.pbtxt', CONFIG)
    write('models/m/1/model.onnx', 'any')
    write('secret', 'a secret')
    write('models/m/..data/labels.txt', 'a\nb\n')
    prepare(path)
    const repository = await openRepository(join(path, 'models'))
    return (await repository.read('m'))?.labels.get('y')
  } finally {
    remove()
  }
}

test('a link within the folder of the model is followed, as volumes have them', async () => {
  const labels = await labelsOf((path) =>
    symlinkSync('..data/labels.txt', join(path, 'models/m/labels.txt')),
  )
  assert.equal(labels, ['a', 'b'])
})

test('one that leads elsewhere is refused: clients would read what is there', async () => {
  for (const target of ['../../secret', '/etc/hostname']) {
    await labelsOf((path) => symlinkSync(target, join(path, 'models/m/labels.txt'))).then(
      () => assert.unreachable(),
      (error: Error) =>
        assert.match(
          error.message,
          /label_filename: must be a file in the model's folder, and no link/,
        ),
    )
  }
})

test('a pipe does not hang the server', async () => {
  let isThere = true
  await labelsOf((path) => {
    isThere = spawnSync('mkfifo', [join(path, 'models/m/labels.txt')]).status === 0
  }).then(
    () => assert.unreachable(),
    (error: Error) =>
      assert.match(error.message, isThere ? /labels\.txt: must be a plain file/ : /must be there/),
  )
})

test.run()
