import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeSafetensors, type StoredTensor } from '@ashlar/core'
import { inScratch, refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadTorchWeights, ResNet18 } from '../../src/index.ts'

const test = suite('loadTorchWeights')

const WIDTH = 1 / 32

function network(
  classes: number,
  convention: 'keras' | 'torch' = 'torch',
  useBias = false,
): ResNet18 {
  const model = new ResNet18(classes, { width: WIDTH, convention, useBias })
  model.build([null, 16, 16, 3])
  return model
}

/** The tensors of a ResNet-18 in the order of PyTorch, each number another one. */
function torchFile(classes: number): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>()
  let next = 0
  const add = (name: string, shape: number[]) => {
    const length = shape.reduce((a, b) => a * b, 1)
    const data = Float32Array.from({ length }, () => ++next / 1e4)
    tensors.set(name, { dtype: 'F32', shape, data })
  }
  const norm = (name: string, width: number) => {
    for (const each of ['weight', 'bias', 'running_mean', 'running_var'])
      add(`${name}.${each}`, [width])
  }
  add('conv1.weight', [2, 3, 7, 7])
  norm('bn1', 2)
  for (const [layer, width] of [2, 4, 8, 16].entries()) {
    for (const block of [0, 1]) {
      const before = block === 0 && layer > 0 ? width / 2 : width
      const name = `layer${layer + 1}.${block}`
      add(`${name}.conv1.weight`, [width, before, 3, 3])
      norm(`${name}.bn1`, width)
      add(`${name}.conv2.weight`, [width, width, 3, 3])
      norm(`${name}.bn2`, width)
      if (before === width) continue
      add(`${name}.downsample.0.weight`, [width, before, 1, 1])
      norm(`${name}.downsample.1`, width)
    }
  }
  add('fc.weight', [classes, 16])
  add('fc.bias', [classes])
  return tensors
}

function withFile(
  tensors: ReadonlyMap<string, StoredTensor>,
  fn: (path: string) => Promise<void>,
): Promise<void> {
  return inScratch({}, async (folder) => {
    const path = join(folder, 'weights.safetensors')
    await writeFile(path, encodeSafetensors({ tensors, metadata: {} }))
    await fn(path)
  })
}

const numbersOf = (model: ResNet18) =>
  new Map(model.namedWeights().map(({ name, variable }) => [name, variable.dataSync().slice()]))

test('kernels are turned, names are found, statistics too', () =>
  withFile(torchFile(5), async (path) => {
    const model = network(5)
    await model.load(path)
    const file = torchFile(5)
    const found = numbersOf(model)
    const conv = file.get('layer2.0.conv1.weight')!
    const kernel = tf.tensor(found.get('blocks.2.conv1.kernel') as Float32Array, [3, 3, 2, 4])
    const [o, i, y, x] = [3, 1, 2, 0]
    const expected = conv.data[((o * 2 + i) * 3 + y) * 3 + x]!
    assert.is((kernel.arraySync() as number[][][][])[y]![x]![i]![o], expected)
    assert.equal(
      [...found.get('blocks.2.shortcutNorm.moving_variance')!],
      [...file.get('layer2.0.downsample.1.running_var')!.data],
    )
    assert.equal([...found.get('norm.gamma')!], [...file.get('bn1.weight')!.data])
    assert.is(model.taken!.length, model.namedWeights().length)
    assert.ok(model.taken!.every(({ from }) => from !== undefined))
    assert.is(new Set(model.taken!.map(({ from }) => from)).size, file.size)
    model.dispose()
  }))

test('a classifier of other classes stays, biases that the file has not are zeros', () =>
  withFile(torchFile(1000), async (path) => {
    const model = network(5, 'torch', true)
    const before = numbersOf(model)
    const taken = await loadTorchWeights(model, path)
    const after = numbersOf(model)
    assert.equal(after.get('classifier.kernel'), before.get('classifier.kernel'))
    const left = taken.filter(({ from }) => from === undefined)
    const notes = Object.fromEntries(left.map(({ name, note }) => [name, note]))
    assert.is(notes['classifier.kernel'], 'the file has another: [16, 1000]')
    assert.is(notes['conv.bias'], 'the file has none: zeros')
    assert.ok(after.get('blocks.0.conv1.bias')!.every((value) => value === 0))
    model.dispose()
  }))

const cases: Readonly<Record<string, [(file: Map<string, StoredTensor>) => void, string]>> = {
  'a tensor that is missing': [
    (file) => file.delete('layer3.1.conv2.weight'),
    'blocks.5.conv2.kernel: the file has no layer3.1.conv2.weight',
  ],
  'a tensor too many': [
    (file) => file.set('layer5.0.conv1.weight', file.get('conv1.weight')!),
    'layer5.0.conv1.weight: the network has no such weight',
  ],
  'a tensor of another shape': [
    (file) =>
      file.set('conv1.weight', { dtype: 'F32', shape: [2, 1, 7, 7], data: new Float32Array(98) }),
    'conv.kernel: expected [7, 7, 3, 2], got [7, 7, 1, 2] (conv1.weight)',
  ],
}

for (const [name, [spoil, message]] of Object.entries(cases)) {
  test(`${name} is named, and nothing is changed`, async () => {
    const file = torchFile(5)
    spoil(file)
    await withFile(file, async (path) => {
      const model = network(5)
      const before = numbersOf(model)
      const problem = await refusal(() => model.load(path))
      assert.match(problem, message)
      assert.equal(numbersOf(model), before)
      model.dispose()
    })
  })
}

test('a network that is padded as Keras has it is refused, and files that are none of these', async () => {
  await withFile(torchFile(5), async (path) => {
    const model = network(5, 'keras')
    const problem = await refusal(() => model.load(path))
    assert.match(problem, 'need a network that is padded as PyTorch has it')
    assert.match(problem, 'convention: torch')
    model.dispose()
  })
  const other = new Map([['a.weight', torchFile(5).get('conv1.weight')!]])
  await withFile(other, async (path) => {
    const model = network(5)
    const problem = await refusal(() => loadTorchWeights(model, path))
    assert.match(problem, 'by the names of torchvision or timm')
    model.dispose()
  })
})

test.run()
