import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'
import { TinyClassifier } from '../support/tiny-models.ts'

const test = suite<{ folder: string }>('save and load')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'ashlar-weights-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

function numbersOf(model: TinyClassifier): number[] {
  return model.namedWeights().flatMap(({ variable }) => [...variable.dataSync()])
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    assert.is((error as Error).name, 'DataError')
    return (error as Error).message
  }
  return assert.unreachable() as never
}

test('a model takes the weights of another back, also when it is not built yet', async ({
  folder,
}) => {
  const path = join(folder, 'w.safetensors')
  const model = new TinyClassifier(3, 1)
  model.build([null, 4])
  await model.save(path)
  assert.equal(readdirSync(folder), ['w.safetensors'], 'nothing is left beside it')
  const { metadata } = decodeSafetensors(readFileSync(path), path)
  assert.equal(metadata, { format: 'ashlar', model: 'TinyClassifier', input_shape: '[null,4]' })
  for (const built of [true, false]) {
    const other = new TinyClassifier(3, 2)
    if (built) other.build([null, 4])
    await withoutLeaks(() => other.load(path), built ? 0 : 8)
    assert.equal(numbersOf(other), numbersOf(model))
    other.dispose()
  }
  model.dispose()
})

test('each wrong weight is named, and none is changed', async ({ folder }) => {
  const path = join(folder, 'w.safetensors')
  const model = new TinyClassifier(3, 1)
  model.build([null, 4])
  await model.save(path)
  const { tensors, metadata } = decodeSafetensors(readFileSync(path), path)
  const changed = new Map<string, StoredTensor>(tensors)
  changed.delete('norm.gamma')
  changed.set('norm.gama', tensors.get('norm.gamma')!)
  changed.set('head.bias', { dtype: 'I32', shape: [4], data: new Int32Array(4) })
  changed.delete('head.kernel')
  writeFileSync(path, encodeSafetensors({ tensors: changed, metadata }))
  const before = numbersOf(model)
  assert.is(
    await messageOf(model.load(path)),
    `${path}: weights must be those of TinyClassifier; 4 are not\n` +
      '  norm.gamma: missing (the file has norm.gama)\n' +
      '  head.kernel: missing\n' +
      '  head.bias: expected float32 [3], got int32 [4]\n' +
      '  norm.gama: the model has no such weight',
  )
  assert.equal(numbersOf(model), before)
  model.dispose()
})

test('a model that is not built needs the shape in the file', async ({ folder }) => {
  const path = join(folder, 'w.safetensors')
  writeFileSync(path, encodeSafetensors({ tensors: new Map(), metadata: {} }))
  assert.is(
    await messageOf(new TinyClassifier().load(path)),
    `${path}: the file must say the input shape of a model that is not built yet\n` +
      '  Call build([null, ...inputShape]) first.',
  )
})

test('a missing file and a folder that cannot be written are errors with the reason', async ({
  folder,
}) => {
  const model = new TinyClassifier()
  const missing = join(folder, 'none.safetensors')
  assert.match(
    await messageOf(model.load(missing)),
    /none\.safetensors: the weights file must be readable, got "ENOENT/,
  )
  model.build([null, 4])
  const nowhere = join(folder, 'no', 'w.safetensors')
  assert.match(
    await messageOf(model.save(nowhere)),
    /w\.safetensors: the file must be writable, got "ENOENT/,
  )
  // Root may write anywhere, so a folder in the way stands for a refusal at the rename.
  const taken = join(folder, 'taken')
  writeFileSync(join(folder, 'x'), '')
  mkdirSync(join(taken, 'inside'), { recursive: true })
  assert.match(await messageOf(model.save(taken)), /taken: the file must be writable, got "E/)
  assert.equal(readdirSync(folder).sort(), ['taken', 'x'], 'nothing half-written is left')
  model.dispose()
})

test('a model that is not built cannot be saved', async () => {
  try {
    await new TinyClassifier().save('never')
    assert.unreachable()
  } catch (error) {
    assert.match(
      (error as Error).message,
      /^TinyClassifier\.save: the model must be built\n {2}Call build\(/,
    )
  }
})

test('int32 weights keep their dtype', async ({ folder }) => {
  const path = join(folder, 'w.safetensors')
  class Counting extends TinyClassifier {
    override build(shape: (number | null)[]): void {
      this.addWeight('steps', [2], 'int32', tf.initializers.ones())
      super.build(shape)
    }
  }
  const model = new Counting()
  model.build([null, 4])
  await model.save(path)
  const { tensors } = decodeSafetensors(readFileSync(path), path)
  assert.equal(tensors.get('steps'), { dtype: 'I32', shape: [2], data: Int32Array.of(1, 1) })
  await model.load(path)
  assert.is(model.namedWeights()[0]!.variable.dtype, 'int32')
  model.dispose()
})

test.run()
