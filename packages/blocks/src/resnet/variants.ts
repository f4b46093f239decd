import { definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { ResNet, type ResNetArgs, type ResNetVariant } from './resnet.ts'

const MINI_RESNET: ResNetVariant = {
  stem: { filters: 64, kernelSize: 7, strides: 1, pool: { size: 3, strides: 3, padding: 'valid' } },
  stages: [{ block: 'identity', repeats: 2, options: { filters: 64, kernelSize: 3 } }],
  head: { output: 'probabilities' },
}

const RESNET18: ResNetVariant = {
  stem: { filters: 64, kernelSize: 7, strides: 2, pool: { size: 3, strides: 2, padding: 'same' } },
  stages: [
    { block: 'identity', repeats: 2, options: { filters: 64, kernelSize: 3 } },
    { block: 'projection', repeats: 1, options: { filters: 128, kernelSize: 3, strides: 2 } },
    { block: 'identity', repeats: 1, options: { filters: 128, kernelSize: 3 } },
    { block: 'projection', repeats: 1, options: { filters: 256, kernelSize: 3, strides: 2 } },
    { block: 'identity', repeats: 1, options: { filters: 256, kernelSize: 3 } },
    { block: 'projection', repeats: 1, options: { filters: 512, kernelSize: 3, strides: 2 } },
    { block: 'identity', repeats: 1, options: { filters: 512, kernelSize: 3 } },
  ],
  head: { output: 'logits' },
}

/**
 * Two identity blocks behind a wide stem: 152,842 parameters for 28x28x1 images of 10 classes. Gives probabilities.
 *
 * @example const resnet = new MiniResNet(10)
 */
export class MiniResNet extends ResNet {
  constructor(numClasses: number, args?: ResNetArgs) {
    super(MINI_RESNET, numClasses, args)
  }
}

/**
 * ResNet-18: 11,189,770 parameters for 28x28x1 images of 10 classes, as every convolution has a bias. Gives logits.
 *
 * @example const resnet = new ResNet18(10)
 */
export class ResNet18 extends ResNet {
  constructor(numClasses: number, args?: ResNetArgs) {
    super(RESNET18, numClasses, args)
  }
}

/** `mini-resnet` as a plugin. */
export const miniResnet: Plugin<'model'> = resnetPlugin(
  'mini-resnet',
  'Two identity blocks behind a wide stem; gives probabilities.',
  MINI_RESNET,
  MiniResNet,
)

/** `resnet18` as a plugin. */
export const resnet18: Plugin<'model'> = resnetPlugin(
  'resnet18',
  'ResNet-18, with biases; gives logits: train it with loss.fromLogits=true.',
  RESNET18,
  ResNet18,
)

function resnetPlugin(
  name: string,
  description: string,
  { head }: ResNetVariant,
  Network: new (numClasses: number, args: ResNetArgs) => ResNet,
): Plugin<'model'> {
  const options = z.strictObject({
    numClasses: z.int().positive().default(10).describe('Width of the output.'),
    output: z
      .enum(['logits', 'probabilities'])
      .default(head.output)
      .describe('What the network gives: logits, or their softmax.'),
  })
  return definePlugin({
    kind: 'model',
    name,
    description,
    options,
    create: ({ numClasses, output }, context) =>
      new Network(numClasses, {
        output,
        createBlock: (block, given) => context.factory('block', block)(given),
      }),
  })
}
