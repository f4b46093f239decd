import { resolve } from 'node:path'
import { definePlugin, type Plugin, type TargetScale, targetScaleOption } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { loadOnnxNow, loadTfjsNow } from './model/load.ts'

const channels = z.array(z.number()).min(1)

/** What is done with a network of a file, whatever kind of file it is. */
const shared = {
  output: z
    .union([z.string().min(1), z.int()])
    .optional()
    .describe(
      'The layer, node or value that it ends at, or the place of a node; `ashlar summary` lists them.',
    ),
  head: z
    .strictObject({
      classes: z.int().positive().describe('Number of outputs.'),
      output: z
        .enum(['logits', 'probabilities'])
        .default('logits')
        .describe('What it gives: train logits with loss.fromLogits=true.'),
      pooling: z
        .enum(['mean', 'first', 'flatten'])
        .default('mean')
        .describe('What makes one vector of an image or a sequence of features.'),
      dropout: z
        .number()
        .min(0)
        .lt(1)
        .default(0)
        .describe('Part of the features that is left out in training.'),
    })
    .optional()
    .describe('A new classifier on what the network gives.'),
  targetScale: targetScaleOption('head'),
  freeze: z
    .union([z.literal('all-but-head'), z.array(z.string().min(1))])
    .default([])
    .describe('Layers that are not trained, by name, or `all-but-head`.'),
  batchNorm: z
    .enum(['train', 'frozen'])
    .default('train')
    .describe('What batch norms do in training: take the statistics of the batch, or stay.'),
  layout: z
    .enum(['nhwc', 'nchw'])
    .default('nhwc')
    .describe('How images come in: channels last or channels first.'),
  size: z
    .tuple([z.int().positive(), z.int().positive()])
    .optional()
    .describe('Height and width that images are brought to first.'),
  mean: channels.optional().describe('Subtracted from images, for each channel.'),
  std: channels.optional().describe('What images are divided by, for each channel.'),
  fixed: z
    .record(z.string(), z.union([z.number(), z.boolean(), z.array(z.number())]))
    .optional()
    .describe('Numbers of inputs that are the same always, such as a rate: inputs no more.'),
  lora: z
    .strictObject({
      rank: z.int().positive().default(8).describe('Columns of the first matrix.'),
      alpha: z.number().positive().optional().describe('How much they count, over the rank.'),
      layers: z.array(z.string().min(1)).default(['**']).describe('Layers that get them, by name.'),
    })
    .optional()
    .describe('Small matrices that are trained beside large ones, and merged when exported.'),
}

/**
 * Only a new head learns where numbers lie: what a file gives by itself lies there already.
 *
 * @throws ConfigError for a scale that there is no head for.
 */
function withScaledHead<
  Options extends { head?: object | undefined; targetScale?: TargetScale | undefined },
>(plugin: string, { targetScale, ...options }: Options): Omit<Options, 'targetScale'> {
  const { head } = options
  if (head !== undefined) return { ...options, head: { ...head, targetScale } }
  if (targetScale === undefined) return options
  throw new ConfigError({
    where: `${plugin}.targetScale`,
    expected: 'must come with `head`: what the file gives by itself lies where it was trained to',
    given: targetScale,
    hint: 'Leave it out, or give the network a new end: `head: { classes: 1 }`.',
  })
}

/** `onnx` as a plugin: a network of a file, to be trained on. */
export const onnxModel: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'onnx',
  description: 'The network of an ONNX file, from any exporter; cut, with a new head, or as it is.',
  options: z.strictObject({ path: path('read').describe('The file.'), ...shared }),
  create: ({ path: file, ...options }, { folder }) =>
    loadOnnxNow(resolve(folder, file), withScaledHead('onnx', options)),
})

/** `tfjs` as a plugin: a saved network of TensorFlow.js, to be trained on. */
export const tfjsModel: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'tfjs',
  description: 'A layers-model or graph-model of TensorFlow.js; cut, with a new head, or as it is.',
  options: z.strictObject({
    path: path('read').describe('A model.json, or the folder that it lies in.'),
    ...shared,
  }),
  create: ({ path: file, ...options }, { folder }) =>
    loadTfjsNow(resolve(folder, file), withScaledHead('tfjs', options)),
})

/** All plugins of this package; what registers, lists or tests them goes through this array. */
export const importPlugins: readonly Plugin<'model'>[] = [onnxModel, tfjsModel]
