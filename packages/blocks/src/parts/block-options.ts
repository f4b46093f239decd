import type { ModelArgs } from '@ashlar/core'
import { z } from 'zod'
import { type Convention, conventionOption, normOf } from './convention.ts'
import {
  type ActivationFactory,
  type ActivationName,
  activationNames,
  activationOf,
  type NormFactory,
  type norms,
} from './factories.ts'

/** Arguments that blocks of convolutions share. */
export interface BlockArgs extends ModelArgs {
  /** Made anew after each convolution; batch norm by default. */
  readonly norm?: NormFactory | undefined
  /** Made once; ReLU by default, where the block says nothing else. */
  readonly activation?: ActivationFactory | undefined
  /** Whether convolutions have a bias. A norm after them makes it idle. */
  readonly useBias?: boolean | undefined
}

/** Arguments that residual blocks share. */
export interface ResidualArgs extends BlockArgs {
  /**
   * Starts with a scale of 0 in the last norm, so that the block first gives its shortcut alone (Goyal et al. 2017,
   * arXiv:1706.02677, section 5.1). False by default.
   */
  readonly zeroInit?: boolean | undefined
  /** Adds squeeze-and-excitation before the sum, its middle narrower by this factor: 16 in the paper. */
  readonly squeezeExcite?: number | undefined
  /** How strided convolutions are padded; `keras` by default. Norms are made by `norm`. */
  readonly convention?: Convention | undefined
}

type BlockShape = {
  norm: z.ZodDefault<z.ZodEnum<{ batch: 'batch'; layer: 'layer' }>>
  activation: z.ZodDefault<z.ZodEnum<{ [K in ActivationName]: K }>>
  useBias: z.ZodDefault<z.ZodBoolean>
}

type ResidualShape = BlockShape & {
  zeroInit: z.ZodDefault<z.ZodBoolean>
  squeezeExcite: z.ZodOptional<z.ZodInt>
  convention: typeof conventionOption
}

/** The options of {@link BlockArgs}, with the defaults of a block. */
export function blockShape(defaults: {
  readonly activation: ActivationName
  readonly useBias: boolean
}): BlockShape {
  return {
    norm: z
      .enum(['batch', 'layer'])
      .default('batch')
      .describe('Normalization after each convolution.'),
    activation: z.enum(activationNames).default(defaults.activation).describe('The activation.'),
    useBias: z
      .boolean()
      .default(defaults.useBias)
      .describe('Whether convolutions have a bias, which the norm after them makes idle.'),
  }
}

/** The options of {@link ResidualArgs}. */
export const residualShape: ResidualShape = {
  ...blockShape({ activation: 'relu', useBias: true }),
  zeroInit: z
    .boolean()
    .default(false)
    .describe('Start with a scale of 0 in the last norm: the block first gives its shortcut.'),
  squeezeExcite: z
    .int()
    .positive()
    .optional()
    .describe('Squeeze-and-excitation before the sum, its middle narrower by this factor.'),
  convention: conventionOption,
}

/** Options that name factories, as arguments that hold them. */
export function withFactories<
  T extends {
    readonly norm: keyof typeof norms
    readonly activation: ActivationName
    readonly convention?: Convention
  },
>({
  norm,
  activation,
  ...rest
}: T): Omit<T, 'norm' | 'activation'> & Required<Pick<BlockArgs, 'norm' | 'activation'>> {
  return { ...rest, norm: normOf(norm, rest.convention), activation: activationOf(activation) }
}
