import type { Plugin } from '@ashlar/core'
import { convnextBlock } from './convnext/convnext.ts'
import { depthwiseSeparable } from './mobile/depthwise-separable-block.ts'
import { invertedResidual } from './mobile/inverted-residual-block.ts'
import { squeezeExcite } from './parts/squeeze-excite.ts'
import { bottleneck } from './residual/bottleneck-block.ts'
import { identity } from './residual/identity-block.ts'
import { preActivation } from './residual/pre-activation-block.ts'
import { projection } from './residual/projection-block.ts'
import { tcnBlock } from './series/tcn.ts'
import { attention } from './transformer/attention.ts'
import { transformer } from './transformer/transformer-block.ts'

/** The blocks of this package. */
export const blocks: readonly Plugin<'block'>[] = [
  identity,
  projection,
  bottleneck,
  preActivation,
  squeezeExcite,
  depthwiseSeparable,
  invertedResidual,
  convnextBlock,
  attention,
  transformer,
  tcnBlock,
]
