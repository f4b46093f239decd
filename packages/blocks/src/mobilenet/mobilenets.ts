import { definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import {
  type NetworkArgs,
  StagedNetwork,
  type VariantOf,
  widthOption,
} from '../networks/staged-network.ts'
import { type Convention, conventionOption } from '../parts/convention.ts'
import { classifierShape, OUTPUTS } from '../parts/output.ts'
import { MOBILENET, MOBILENET_V2 } from './variants.ts'

/** MobileNet: 4,253,864 parameters for colour images of 1000 classes, as in Keras. Gives logits. */
export class MobileNet extends StagedNetwork {
  constructor(numClasses: number, args?: NetworkArgs) {
    super(MOBILENET, numClasses, args)
  }
}

/** MobileNetV2: 3,538,984 parameters for colour images of 1000 classes, as in Keras. Gives logits. */
export class MobileNetV2 extends StagedNetwork {
  constructor(numClasses: number, args?: NetworkArgs) {
    super(MOBILENET_V2, numClasses, args)
  }
}

/** `mobilenet` as a plugin. */
export const mobilenet: Plugin<'model'> = mobilenetPlugin(
  'mobilenet',
  'MobileNet; gives logits.',
  MOBILENET,
  MobileNet,
)

/** `mobilenet-v2` as a plugin. */
export const mobilenetV2: Plugin<'model'> = mobilenetPlugin(
  'mobilenet-v2',
  'MobileNetV2; gives logits.',
  MOBILENET_V2,
  MobileNetV2,
  { convention: conventionOption },
)

function mobilenetPlugin(
  name: string,
  description: string,
  variantOf: VariantOf,
  Network: new (numClasses: number, args: NetworkArgs) => StagedNetwork,
  own: { readonly convention?: typeof conventionOption } = {},
): Plugin<'model'> {
  return definePlugin({
    kind: 'model',
    name,
    description,
    options: z.strictObject({
      ...classifierShape(variantOf(1).head.output),
      width: widthOption,
      ...own,
    }),
    create: ({ numClasses = OUTPUTS, output, targetScale, width, ...rest }, context) =>
      new Network(numClasses, {
        output,
        targetScale,
        width,
        ...(rest as { convention?: Convention }),
        createBlock: (block, given) => context.factory('block', block)(given),
      }),
  })
}
