import type { ExamplesByName } from '@ashlar/core/testing'

/** A sixteenth of the published width: every check in little time. */
const THIN = { width: 1 / 16 }

/** Small examples of every block and model, for `testPlugins` with other plugins beside them: another exporter or engine. */
export const networkExamples: Required<Pick<ExamplesByName, 'block' | 'model'>> = {
  block: {
    identity: [
      { options: { filters: 4 }, inputShape: [5, 5, 4], parameters: 328 },
      {
        options: { filters: 4, squeezeExcite: 4, useBias: false, activation: 'swish' },
        inputShape: [5, 5, 4],
        parameters: 333,
      },
      { options: { filters: 4, norm: 'layer' }, inputShape: [5, 5, 4], parameters: 312 },
    ],
    projection: { options: { filters: 4 }, inputShape: [6, 6, 3], parameters: 324 },
    bottleneck: [
      { options: { filters: 2 }, inputShape: [5, 5, 8], parameters: 128 },
      { options: { filters: 2, strides: 2 }, inputShape: [5, 5, 3], parameters: 182 },
      { options: { filters: 2, squeezeExcite: 4 }, inputShape: [5, 5, 8], parameters: 170 },
    ],
    'pre-activation': [
      { options: { filters: 4 }, inputShape: [5, 5, 4], parameters: 328 },
      { options: { filters: 4, strides: 2 }, inputShape: [5, 5, 3], parameters: 304 },
    ],
    'squeeze-excite': {
      options: { filters: 8, ratio: 4 },
      inputShape: [4, 4, 8],
      parameters: 42,
    },
    'depthwise-separable': [
      { options: { filters: 4 }, inputShape: [5, 5, 3], parameters: 67 },
      { options: { filters: 4, strides: 2 }, inputShape: [6, 6, 3], parameters: 67 },
    ],
    'inverted-residual': [
      {
        options: { inputFilters: 4, filters: 4, expansion: 2 },
        inputShape: [5, 5, 4],
        parameters: 216,
      },
      {
        options: { inputFilters: 4, filters: 6, expansion: 1, strides: 2 },
        inputShape: [5, 5, 4],
        parameters: 100,
      },
    ],
    'convnext-block': {
      options: { filters: 4, kernelSize: 3 },
      inputShape: [5, 5, 4],
      parameters: 200,
    },
    attention: [
      { options: { width: 4, heads: 2 }, inputShape: [5, 4], parameters: 80 },
      {
        options: { width: 4, heads: 2, isCausal: true, isRotary: true },
        inputShape: [5, 4],
        parameters: 80,
      },
    ],
    transformer: [
      { options: { width: 4, heads: 2, hidden: 6 }, inputShape: [5, 4], parameters: 154 },
      {
        options: { width: 4, heads: 2, hidden: 6, normFirst: false, isCausal: true },
        inputShape: [5, 4],
        parameters: 154,
      },
    ],
    'tcn-block': { options: { filters: 3, dilation: 2 }, inputShape: [8, 2], parameters: 72 },
  },
  model: {
    mlp: [
      { options: { hidden: [6, 5] }, inputShape: [2, 2, 1], parameters: 125 },
      { options: { hidden: [6], dropout: 0.5 }, inputShape: [4], parameters: 100 },
    ],
    'simple-cnn': [
      {
        options: { filters: [3, 4], dropout: 0, numClasses: 3 },
        inputShape: [12, 12, 1],
        parameters: 157,
      },
      { options: { filters: [3, 4] }, inputShape: [12, 12, 1], parameters: 192 },
    ],
    // As wide as published, their parameters are counted in resnets.test.ts and mobilenets.test.ts.
    'mini-resnet': { options: THIN, inputShape: [12, 12, 1], parameters: 922 },
    resnet18: { options: THIN, inputShape: [16, 16, 1], parameters: 45_610 },
    resnet34: { options: THIN, inputShape: [32, 32, 3], parameters: 86_618, deep: true },
    resnet50: { options: THIN, inputShape: [32, 32, 3], parameters: 101_762, deep: true },
    mobilenet: { options: THIN, inputShape: [16, 16, 3], parameters: 18_494, deep: true },
    convnext: { options: { width: 4, repeats: 1 }, inputShape: [8, 8, 3], parameters: 5_262 },
    vit: {
      options: { width: 4, heads: 2, hidden: 6, blocks: 1, size: 8, patch: 4 },
      inputShape: [8, 8, 1],
      parameters: 296,
    },
    'u-net': {
      options: { width: 2, depth: 1, numClasses: 3 },
      inputShape: [6, 6, 1],
      parameters: 485,
    },
    gpt: { elsewhere: 'transformer/models.test.ts, on tokens' },
    'text-encoder': { elsewhere: 'transformer/models.test.ts, on tokens' },
    tcn: { options: { filters: 3, blocks: 2 }, inputShape: [8, 2], parameters: 196 },
    gru: { options: { units: 3, blocks: 2 }, inputShape: [8, 2], parameters: 175 },
    'table-network': { elsewhere: 'transformer/models.test.ts, on several inputs' },
    autoencoder: { options: { code: 2, hidden: 5, outputs: 8 }, inputShape: [8], parameters: 120 },
    'mobilenet-v2': { options: THIN, inputShape: [16, 16, 3], parameters: 17_588, deep: true },
  },
}
