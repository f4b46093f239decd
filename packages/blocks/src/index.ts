import type { Plugin } from '@ashlar/core'
import { blocks } from './blocks.ts'
import { mobilenet, mobilenetV2 } from './mobilenet/mobilenets.ts'
import { miniResnet, resnet18, resnet34, resnet50 } from './resnet/resnets.ts'
import { mlp } from './simple/mlp.ts'
import { simpleCnn } from './simple/simple-cnn.ts'

export {
  DepthwiseSeparableBlock,
  type DepthwiseSeparableBlockArgs,
  depthwiseSeparable,
} from './mobile/depthwise-separable-block.ts'
export {
  InvertedResidualBlock,
  type InvertedResidualBlockArgs,
  invertedResidual,
} from './mobile/inverted-residual-block.ts'
export { MobileNet, MobileNetV2, mobilenet, mobilenetV2 } from './mobilenet/mobilenets.ts'
export {
  type NetworkArgs,
  type NetworkVariant,
  StagedNetwork,
  type VariantOf,
} from './networks/staged-network.ts'
export { loadTorchWeights, type TakenWeight } from './networks/torch-weights.ts'
export type { BlockArgs, ResidualArgs } from './parts/block-options.ts'
export type { Convention } from './parts/convention.ts'
export {
  type ActivationFactory,
  type ActivationName,
  activationOf,
  type NormArgs,
  type NormFactory,
  norms,
} from './parts/factories.ts'
export type { Output } from './parts/output.ts'
export { SqueezeExcite, type SqueezeExciteArgs, squeezeExcite } from './parts/squeeze-excite.ts'
export {
  BottleneckBlock,
  type BottleneckBlockArgs,
  bottleneck,
} from './residual/bottleneck-block.ts'
export { IdentityBlock, identity } from './residual/identity-block.ts'
export {
  PreActivationBlock,
  type PreActivationBlockArgs,
  preActivation,
} from './residual/pre-activation-block.ts'
export {
  ProjectionBlock,
  type ProjectionBlockArgs,
  projection,
} from './residual/projection-block.ts'
export {
  MiniResNet,
  miniResnet,
  ResNet18,
  ResNet34,
  ResNet50,
  resnet18,
  resnet34,
  resnet50,
} from './resnet/resnets.ts'
export { Mlp, type MlpArgs, mlp } from './simple/mlp.ts'
export { SimpleCnn, type SimpleCnnArgs, simpleCnn } from './simple/simple-cnn.ts'

/** All blocks and models of this package; what registers, lists or tests them goes through this array. */
export const blockPlugins: readonly Plugin<'block' | 'model'>[] = [
  ...blocks,
  mlp,
  simpleCnn,
  miniResnet,
  resnet18,
  resnet34,
  resnet50,
  mobilenet,
  mobilenetV2,
]
export type { BlockFactory, Stage } from './networks/stage.ts'
