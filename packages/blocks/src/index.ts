import type { Plugin } from '@ashlar/core'
import { blocks } from './blocks.ts'
import { convnext } from './convnext/convnext.ts'
import { mobilenet, mobilenetV2 } from './mobilenet/mobilenets.ts'
import { miniResnet, resnet18, resnet34, resnet50 } from './resnet/resnets.ts'
import { uNet } from './segmentation/u-net.ts'
import { gru } from './series/gru.ts'
import { tcn } from './series/tcn.ts'
import { autoencoder } from './simple/autoencoder.ts'
import { mlp } from './simple/mlp.ts'
import { simpleCnn } from './simple/simple-cnn.ts'
import { tableNetwork } from './tables/table-network.ts'
import { textEncoder } from './transformer/encoder.ts'
import { gpt } from './transformer/gpt.ts'
import { vit } from './transformer/vit.ts'

export {
  ConvNext,
  type ConvNextArgs,
  ConvNextBlock,
  convnext,
  convnextBlock,
} from './convnext/convnext.ts'
export { Scale } from './convnext/scale.ts'
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
export type { BlockFactory, Stage } from './networks/stage.ts'
export {
  type NetworkArgs,
  type NetworkVariant,
  StagedNetwork,
  type VariantOf,
} from './networks/staged-network.ts'
export { loadTorchWeights } from './networks/torch-weights.ts'
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
export type { EndArgs, Output } from './parts/output.ts'
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
export { UNet, type UNetArgs, uNet } from './segmentation/u-net.ts'
export { type GruArgs, GruNetwork, gru } from './series/gru.ts'
export { Tcn, type TcnArgs, TcnBlock, tcn, tcnBlock } from './series/tcn.ts'
export { Autoencoder, type AutoencoderArgs, autoencoder } from './simple/autoencoder.ts'
export { Mlp, type MlpArgs, mlp } from './simple/mlp.ts'
export { SimpleCnn, type SimpleCnnArgs, simpleCnn } from './simple/simple-cnn.ts'
export { TableNetwork, type TableNetworkArgs, tableNetwork } from './tables/table-network.ts'
export {
  type AttentionArgs,
  type AttentionPast,
  attention,
  MultiHeadAttention,
} from './transformer/attention.ts'
export { TextEncoder, type TextEncoderArgs, textEncoder } from './transformer/encoder.ts'
export { CachedGpt, Gpt, type GptArgs, gpt } from './transformer/gpt.ts'
export { Positions } from './transformer/positions.ts'
export {
  TransformerBlock,
  type TransformerBlockArgs,
  transformer,
} from './transformer/transformer-block.ts'
export { Vit, type VitArgs, vit } from './transformer/vit.ts'

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
  convnext,
  vit,
  uNet,
  gpt,
  textEncoder,
  tcn,
  gru,
  tableNetwork,
  autoencoder,
]
