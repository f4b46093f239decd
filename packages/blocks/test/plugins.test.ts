import { definePlugin, layers, Model, type Plugin } from '@ashlar/core'
import { openContainer, Registry } from '@ashlar/plugins'
import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { blockPlugins, IdentityBlock, ProjectionBlock } from '../src/index.ts'

const test = suite('block and model plugins')

const settings = { seed: 1, folder: '.' }

test('have the names that experiments use', () => {
  const names = new Registry().register(blockPlugins, '@ashlar/blocks').list()
  assert.equal(
    names.map(({ plugin }) => `${plugin.kind} ${plugin.name}`),
    [
      'block identity',
      'block projection',
      'block bottleneck',
      'block pre-activation',
      'block squeeze-excite',
      'block depthwise-separable',
      'block inverted-residual',
      'block convnext-block',
      'block attention',
      'block transformer',
      'block tcn-block',
      'model mlp',
      'model simple-cnn',
      'model mini-resnet',
      'model resnet18',
      'model resnet34',
      'model resnet50',
      'model mobilenet',
      'model mobilenet-v2',
      'model convnext',
      'model vit',
      'model u-net',
      'model gpt',
      'model text-encoder',
      'model tcn',
      'model gru',
      'model table-network',
      'model autoencoder',
    ],
  )
})

test('blocks come from the container with checked options', async () => {
  const registry = new Registry().register(blockPlugins, '@ashlar/blocks')
  const container = openContainer(registry, settings)
  assert.instance(container.create('block', { name: 'identity', filters: 8 }, 'x'), IdentityBlock)
  const projection = { name: 'projection', filters: 8, strides: 1 }
  assert.instance(container.create('block', projection, 'x'), ProjectionBlock)
  assert.throws(
    () => container.create('block', { name: 'identity', filters: 8, strides: 2 }, 'my.block'),
    /^my\.block: key must be one of filters, kernelSize, norm, .*, got "strides"/,
  )
  assert.throws(
    () => container.create('block', { name: 'identity', filters: 0 }, 'my.block'),
    /^my\.block\.filters: must be a positive integer, got 0$/,
  )
  await container.dispose()
})

/** A block that an experiment could bring. */
class Scale extends Model {
  readonly scale = layers.batchNormalization()
  override call(x: Tensor): Tensor {
    return this.scale.apply(x)
  }
}

const scalePlugin = (name: string): Plugin<'block'> =>
  definePlugin({
    kind: 'block',
    name,
    description: 'A stand-in.',
    options: z.strictObject({ filters: z.number(), kernelSize: z.number() }),
    create: () => new Scale(),
  })

/** Blocks of its kind in a model for pictures of digits. */
function scalesIn(model: unknown): number {
  assert.instance(model, Model)
  const { layers } = (model as Model).summary([null, 28, 28, 1])
  return layers.filter(({ type }) => type === 'Scale').length
}

test('models are built of the blocks that the container has', () => {
  const registry = new Registry().register([scalePlugin('identity')], 'test').register(
    blockPlugins.filter(({ name }) => name === 'mini-resnet'),
    '@ashlar/blocks',
  )
  const model = openContainer(registry, settings).create('model', { name: 'mini-resnet' }, 'model')
  assert.is(scalesIn(model), 2)
})

test('mini-resnet is built of the block that its option names', () => {
  const registry = new Registry()
    .register(blockPlugins, '@ashlar/blocks')
    .register([scalePlugin('scale')], 'test')
  const container = openContainer(registry, settings)
  const create = (block: string) =>
    container.create('model', { name: 'mini-resnet', block }, 'experiment.model')
  assert.is(scalesIn(create('scale')), 2)
  assert.throws(
    () => create('scales'),
    /^experiment\.model\.block: block must be one of .*, got "scales"\n {2}Did you mean "scale"\?$/,
  )
})

test('the option of a model is checked', () => {
  const registry = new Registry().register(blockPlugins, '@ashlar/blocks')
  const container = openContainer(registry, settings)
  assert.throws(
    () => container.create('model', { name: 'mini-resnet', numClasses: 'ten' }, 'experiment.model'),
    /^experiment\.model\.numClasses: must be a positive integer, got "ten"$/,
  )
  assert.throws(
    () => container.create('model', { name: 'mini-resnet', numClases: 10 }, 'experiment.model'),
    /key must be one of numClasses, output, .*, got "numClases"\n {2}Did you mean "numClasses"\?$/,
  )
})

test.run()
