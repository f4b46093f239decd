import { type Layer, layers, Model, type ModelArgs } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { ownBlocks } from './own-blocks.ts'

/** A residual network as data; {@link ResNet} builds it. */
export interface ResNetVariant {
  /** A convolution with batch norm and ReLU, then a max pool. */
  readonly stem: {
    readonly filters: number
    readonly kernelSize: number
    readonly strides: number
    readonly pool: {
      readonly size: number
      readonly strides: number
      readonly padding: 'same' | 'valid'
    }
  }
  /** Blocks in their order. */
  readonly stages: readonly Stage[]
  /** The dense layer at the end. */
  readonly head: { readonly output: Output }
}

/** Equal blocks in a row. */
export interface Stage {
  /** Name of a block plugin. */
  readonly block: string
  readonly repeats: number
  /** Options of the block. */
  readonly options: { readonly filters: number; readonly [option: string]: unknown }
}

/** What a classifier gives: the logits, or their softmax. */
export type Output = 'logits' | 'probabilities'

/** Makes a block of the name and options that a stage gives. */
export type BlockFactory = (block: string, options: Stage['options']) => Model

/** Arguments of a {@link ResNet} beyond its number of classes. */
export interface ResNetArgs extends ModelArgs {
  /** By default what the variant says. */
  readonly output?: Output | undefined
  /** Where blocks come from; by default this package. */
  readonly createBlock?: BlockFactory | undefined
}

/**
 * A residual network (He et al. 2015, arXiv:1512.03385) for images `[batch, h, w, channels]`: stem, blocks, mean over the
 * image, dense layer. Its output is `[batch, numClasses]`.
 */
export abstract class ResNet extends Model {
  readonly conv: Layer
  readonly norm: Layer = layers.batchNormalization()
  readonly activation: Layer = layers.activation({ activation: 'relu' })
  readonly pool: Layer
  readonly blocks: readonly Model[]
  readonly globalPool: Layer = layers.globalAveragePooling2d()
  readonly classifier: Layer

  constructor({ stem, stages, head }: ResNetVariant, numClasses: number, args: ResNetArgs = {}) {
    super(args)
    const { output = head.output, createBlock = ownBlocks() } = args
    const { filters, kernelSize, strides, pool } = stem
    this.conv = layers.conv2d({ filters, kernelSize, strides, padding: 'same' })
    this.pool = layers.maxPooling2d({
      poolSize: pool.size,
      strides: pool.strides,
      padding: pool.padding,
    })
    this.blocks = stages.flatMap(({ block, repeats, options }) =>
      Array.from({ length: repeats }, () => createBlock(block, options)),
    )
    this.classifier = layers.dense({
      units: numClasses,
      activation: output === 'logits' ? 'linear' : 'softmax',
    })
  }

  override call(images: Tensor): Tensor {
    let x = this.norm.apply(this.conv.apply(images))
    x = this.pool.apply(this.activation.apply(x))
    for (const block of this.blocks) x = block.apply(x)
    return this.classifier.apply(this.globalPool.apply(x))
  }
}
