import {
  decodeWeights,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type Provenance,
  readWeights,
  scaledToTargets,
  type TakenWeight,
  type TargetScale,
} from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import { type Convention, normOf, paddingOf } from '../parts/convention.ts'
import { type ActivationName, activationOf } from '../parts/factories.ts'
import { classifierOf, type EndArgs, type Output } from '../parts/output.ts'
import { ownBlocks } from './own-blocks.ts'
import type { BlockFactory, Stage } from './stage.ts'
import { takeIfTorch } from './torch-weights.ts'

/** A convolutional network as data; {@link StagedNetwork} builds it. */
export interface NetworkVariant {
  /** A convolution with batch norm and activation, then perhaps a max pool. */
  readonly stem: {
    readonly filters: number
    readonly kernelSize: number
    readonly strides: number
    /** True by default. */
    readonly useBias?: boolean | undefined
    readonly pool?:
      | {
          readonly size: number
          readonly strides: number
          readonly padding: 'same' | 'valid'
        }
      | undefined
  }
  /** Of the stem and the neck; `relu` by default. Blocks have their own. */
  readonly activation?: ActivationName | undefined
  /** Blocks in their order. */
  readonly stages: readonly Stage[]
  /** A 1x1 convolution with batch norm and activation after the blocks. */
  readonly neck?: { readonly filters: number } | undefined
  /** The dense layer at the end. */
  readonly head: { readonly output: Output }
}

/** A variant by how wide it is: 1 is as published, 0.5 has half the channels everywhere. */
export type VariantOf = (width: number) => NetworkVariant

/** A number of channels by how wide the network is; at least 1. */
export function widened(filters: number, width: number): number {
  return Math.max(1, Math.round(filters * width))
}

/** The option of that multiplier. */
export const widthOption: z.ZodDefault<z.ZodNumber> = z
  .number()
  .positive()
  .default(1)
  .describe('Multiplies all numbers of channels: 0.5 makes half as many as published.')

/** Arguments of a {@link StagedNetwork} beyond its number of classes. */
export interface NetworkArgs extends ModelArgs, EndArgs {
  /** By default what the variant says. */
  readonly output?: Output | undefined
  /** Where blocks come from; by default this package. */
  readonly createBlock?: BlockFactory | undefined
  /** Options for every block, on top of what the variant says. */
  readonly blockOptions?: Readonly<Record<string, unknown>> | undefined
  /** Multiplies all numbers of channels; 1 by default. */
  readonly width?: number | undefined
  /** Whether convolutions have a bias; by default what the variant and its blocks say. */
  readonly useBias?: boolean | undefined
  /** Padding and batch norms as Keras (default) or PyTorch has them. */
  readonly convention?: Convention | undefined
}

/**
 * A network for images `[batch, h, w, channels]`: stem, blocks, mean over the image, dense layer. Its output is
 * `[batch, numClasses]`.
 */
export abstract class StagedNetwork extends Model {
  readonly conv: Layer
  readonly norm: Layer
  readonly activation: Layer
  readonly pad: Layer | undefined
  readonly pool: Layer | undefined
  readonly poolPad: Layer | undefined
  readonly blocks: readonly Model[]
  readonly neck: Layer | undefined
  readonly neckNorm: Layer | undefined
  readonly globalPool: Layer = layers.globalAveragePooling2d()
  readonly classifier: Layer
  readonly convention: Convention
  /** What was taken of a file of torchvision or timm, where one was loaded. */
  taken: readonly TakenWeight[] | undefined
  readonly #targetScale: TargetScale | undefined

  constructor(variantOf: VariantOf, numClasses: number, args: NetworkArgs = {}) {
    super(args)
    this.convention = args.convention ?? 'keras'
    const { stem, stages, neck, head, activation = 'relu' } = variantOf(args.width ?? 1)
    const { output = head.output, createBlock = ownBlocks(), blockOptions } = args
    const { filters, kernelSize, strides, pool } = stem
    const useBias = args.useBias ?? stem.useBias ?? true
    const norm = normOf('batch', args.convention)
    const { padding, pad } = paddingOf(kernelSize, strides, args.convention)
    this.pad = pad
    this.conv = layers.conv2d({ filters, kernelSize, strides, padding, useBias })
    this.norm = norm()
    this.activation = activationOf(activation)()
    if (pool !== undefined) {
      const { size, strides } = pool
      const same = pool.padding === 'same'
      const around = same ? paddingOf(size, strides, args.convention) : undefined
      // What a ReLU leaves is never below the zeros around it.
      this.poolPad = around?.pad
      const padding = around?.padding ?? pool.padding
      this.pool = layers.maxPooling2d({ poolSize: size, strides, padding })
    }
    this.blocks = stages.flatMap(({ block, repeats, options }) =>
      Array.from({ length: repeats }, () =>
        createBlock(block, {
          ...options,
          // Blocks of others need not have an option that nobody asked for.
          ...(args.convention === 'torch' && { convention: 'torch' }),
          ...(args.useBias === false && { useBias: false }),
          ...blockOptions,
        }),
      ),
    )
    if (neck !== undefined) {
      this.neck = layers.conv2d({ filters: neck.filters, kernelSize: 1, useBias })
      this.neckNorm = norm()
    }
    this.classifier = classifierOf(numClasses, output)
    this.#targetScale = args.targetScale
  }

  /** Where its weights came from, where they are of torchvision or timm. */
  provenance(): Provenance {
    return { taken: this.taken }
  }

  /**
   * Takes weights of a safetensors file: one that `save` wrote, or of torchvision or timm, by the names that those give; see {@link loadTorchWeights}.
   *
   * @throws DataError that names each weight that does not fit; then none is changed.
   */
  override async load(path: string): Promise<void> {
    const bytes = await readWeights(path)
    this.taken = takeIfTorch(this, bytes, path)
    if (this.taken === undefined) decodeWeights(this, bytes, path)
  }

  override call(images: Tensor): Tensor {
    let x = this.pad === undefined ? images : this.pad.apply(images)
    x = this.activation.apply(this.norm.apply(this.conv.apply(x)))
    if (this.poolPad !== undefined) x = this.poolPad.apply(x)
    if (this.pool !== undefined) x = this.pool.apply(x)
    for (const block of this.blocks) x = block.apply(x)
    if (this.neck !== undefined) {
      x = this.activation.apply(this.neckNorm!.apply(this.neck.apply(x)))
    }
    return scaledToTargets(this.classifier.apply(this.globalPool.apply(x)), this.#targetScale)
  }
}
