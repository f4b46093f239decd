import { definePlugin, type Exporter, type Plugin } from '@ashlar/core'
import { checkOptions } from '@ashlar/plugins'
import { z } from 'zod'
import { COLORS_ALONE, exportOnnx, OPSETS } from './export-onnx.ts'
import { checkLabels } from './file/labels.ts'
import { predictFile } from './predict-file.ts'
import type { ExportReport } from './report.ts'
import { checkColors } from './source/check-colors.ts'
import type { ImageLayout } from './source/open.ts'
import { verifyModelFile } from './verify-file.ts'

/** Options of {@link onnxExporter}. */
export interface OnnxExporterOptions {
  /** Version of the standard operator set; default 17. */
  readonly opset?: number | undefined
  /** How images lie in inputs and outputs; default `nhwc`. */
  readonly layout?: ImageLayout | undefined
  /** Whether files take raw data, the bytes of pictures or the cells of tables, and make samples of it themselves; with `resize`, of pictures of any size. Default false. */
  readonly preprocess?: boolean | 'resize' | undefined
  /** Whether files of grey networks take colours and mix them themselves, with `preprocess` alone. Default false. */
  readonly colors?: boolean | undefined
  /** Whether files name classes themselves: besides the numbers they give `label`, a string for each sample. Default false. */
  readonly labels?: boolean | undefined
  /** How many real samples to hold files against the model on; default: as many as take about two seconds, at most 1,000. */
  readonly sampleCount?: number | undefined
}

/**
 * Writes models as ONNX, always verified.
 *
 * @example const report = await model.export('model.onnx', onnxExporter(), { samples: test })
 */
export function onnxExporter(options: OnnxExporterOptions = {}): Exporter<ExportReport> {
  checkOptions(onnxPlugin, options)
  return {
    name: 'onnx',
    check(info) {
      if (options.labels) checkLabels(info)
      if (options.colors) checkColors(info)
    },
    async export(model, path, details = {}) {
      const { report } = await exportOnnx(model, { ...options, ...details, path })
      return report
    },
    verify: (model, path, { samples, limits } = {}) =>
      verifyModelFile(path, model, { samples, limits, sampleCount: options.sampleCount }),
    predict: predictFile,
  }
}

/** `onnxExporter` as a plugin. */
export const onnxPlugin: Plugin<'exporter'> = definePlugin({
  kind: 'exporter',
  name: 'onnx',
  description: 'Standard ONNX, held against the model before it is written.',
  options: z
    .strictObject({
      opset: z
        .int()
        .min(OPSETS[0]!)
        .max(OPSETS.at(-1)!)
        .default(17)
        .describe('Version of the standard operator set.'),
      layout: z
        .enum(['nhwc', 'nchw'])
        .default('nhwc')
        .describe('How images lie in inputs and outputs: channels last, as trained, or first.'),
      preprocess: z
        .union([z.boolean(), z.literal('resize')])
        .optional()
        .describe(
          'Write scaling, mean, deviation, fillings and categories into the file, which then takes the bytes of pictures (uint8) or the cells of a table: numbers as they are, NaN for missing, names as their indices. With `resize`, the size and fit of pictures too: it takes any height and width.',
        ),
      colors: z
        .boolean()
        .optional()
        .describe(
          'With `preprocess`, of a network of grey pictures: the file takes colours, red, green and blue, and mixes them to grey, as the datasets do.',
        ),
      labels: z
        .boolean()
        .optional()
        .describe(
          'Name classes in the file, too: besides the numbers it gives `label` (of several outputs `NAME_label`), a string for each sample, which is the class of the largest number. For models that tell one class of several.',
        ),
      sampleCount: z
        .int()
        .positive()
        .optional()
        .describe(
          'Real samples to hold the file against the model on; by default as many as take about two seconds, at most 1,000.',
        ),
    })
    .refine(({ preprocess, colors }) => preprocess || !colors, {
      error: COLORS_ALONE,
      path: ['colors'],
    }),
  create: (options) => onnxExporter(options),
})

/** All exporters of this package; what registers, lists or tests them goes through this array. */
export const exporterPlugins: readonly Plugin<'exporter'>[] = [onnxPlugin]
