import { definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import {
  type NetworkArgs,
  StagedNetwork,
  type VariantOf,
  widthOption,
} from '../networks/staged-network.ts'
import { residualShape } from '../parts/block-options.ts'
import { classifierShape, OUTPUTS } from '../parts/output.ts'
import { MINI_RESNET, RESNET18, RESNET34, RESNET50 } from './variants.ts'

/**
 * Two identity blocks behind a wide stem: 152,842 parameters for 28x28x1 images of 10 classes. Gives probabilities.
 *
 * @example const resnet = new MiniResNet(10)
 */
export class MiniResNet extends StagedNetwork {
  constructor(numClasses: number, args?: NetworkArgs) {
    super(MINI_RESNET, numClasses, args)
  }
}

/**
 * ResNet-18: 11,189,770 parameters for 28x28x1 images of 10 classes, as every convolution has a bias. Gives logits.
 *
 * @example const resnet = new ResNet18(10)
 */
export class ResNet18 extends StagedNetwork {
  constructor(numClasses: number, args?: NetworkArgs) {
    super(RESNET18, numClasses, args)
  }
}

/** ResNet-34, with biases. Gives logits. */
export class ResNet34 extends StagedNetwork {
  constructor(numClasses: number, args?: NetworkArgs) {
    super(RESNET34, numClasses, args)
  }
}

/** ResNet-50: 25,636,712 parameters for colour images of 1000 classes, as in Keras. Gives logits. */
export class ResNet50 extends StagedNetwork {
  constructor(numClasses: number, args?: NetworkArgs) {
    super(RESNET50, numClasses, args)
  }
}

/** `mini-resnet` as a plugin. */
export const miniResnet: Plugin<'model'> = resnetPlugin({
  name: 'mini-resnet',
  description: 'Two identity blocks behind a wide stem; gives probabilities.',
  variantOf: MINI_RESNET,
  Network: MiniResNet,
  shape: {
    block: z
      .string()
      .min(1)
      .default('identity')
      .describe('The block that it has twice, by name; it is given filters and kernelSize.'),
  },
})

/** `resnet18` as a plugin. */
export const resnet18: Plugin<'model'> = resnetPlugin({
  name: 'resnet18',
  description: 'ResNet-18, with biases; gives logits.',
  variantOf: RESNET18,
  Network: ResNet18,
})

/** `resnet34` as a plugin. */
export const resnet34: Plugin<'model'> = resnetPlugin({
  name: 'resnet34',
  description: 'ResNet-34, with biases; gives logits.',
  variantOf: RESNET34,
  Network: ResNet34,
})

/** `resnet50` as a plugin. */
export const resnet50: Plugin<'model'> = resnetPlugin({
  name: 'resnet50',
  description: 'ResNet-50, with biases; gives logits.',
  variantOf: RESNET50,
  Network: ResNet50,
})

interface ResnetPlugin {
  readonly name: string
  readonly description: string
  readonly variantOf: VariantOf
  readonly Network: new (numClasses: number, args: NetworkArgs) => StagedNetwork
  /** Options that only this one has; `block` takes the place of the blocks that the variant names. */
  readonly shape?: { readonly block?: z.ZodType<string> }
}

function resnetPlugin({
  name,
  description,
  variantOf,
  Network,
  shape = {},
}: ResnetPlugin): Plugin<'model'> {
  const { zeroInit, squeezeExcite, useBias, convention } = residualShape
  const options = z.strictObject({
    ...classifierShape(variantOf(1).head.output),
    ...shape,
    width: widthOption,
    zeroInit,
    squeezeExcite,
    useBias,
    convention,
  })
  return definePlugin({
    kind: 'model',
    name,
    description,
    options,
    create(
      {
        numClasses = OUTPUTS,
        output,
        targetScale,
        width,
        zeroInit,
        squeezeExcite,
        useBias,
        convention,
        ...own
      },
      context,
    ) {
      const { block } = own as { block?: string }
      return new Network(numClasses, {
        output,
        targetScale,
        width,
        useBias,
        convention,
        // Blocks of others need not have an option that nobody asked for.
        blockOptions: {
          ...(zeroInit && { zeroInit }),
          ...(squeezeExcite !== undefined && { squeezeExcite }),
        },
        createBlock: (usual, given) =>
          context.factory('block', block ?? usual, block && 'block')(given),
      })
    },
  })
}
