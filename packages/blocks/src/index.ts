import type { Plugin } from '@ashlar/core'
import { blockPlugins } from './residual/index.ts'
import { miniResnet, resnet18 } from './resnet/variants.ts'

export { IdentityBlock, identity } from './residual/identity-block.ts'
export {
  ProjectionBlock,
  type ProjectionBlockArgs,
  projection,
} from './residual/projection-block.ts'
export {
  type BlockFactory,
  type Output,
  ResNet,
  type ResNetArgs,
  type ResNetVariant,
  type Stage,
} from './resnet/resnet.ts'
export { MiniResNet, miniResnet, ResNet18, resnet18 } from './resnet/variants.ts'

/** All blocks and models of this package; what registers, lists or tests them goes through this array. */
export const blocks: readonly Plugin<'block' | 'model'>[] = [...blockPlugins, miniResnet, resnet18]
