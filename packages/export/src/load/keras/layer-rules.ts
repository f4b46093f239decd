import { DataError } from '@ashlar/errors'
import { type Json, settingsOf } from './config.ts'

/** A layer as tfjs knows it. */
export interface TfjsLayer {
  readonly className: string
  /** Settings beside or in place of those that Keras wrote, in camel case. */
  readonly config?: Json
}

type Rule = (config: Json, refuse: (expected: string, given: unknown) => never) => TfjsLayer

/** A layer that tfjs has under the same name, if settings have the only value that it knows. */
function only(values: Json, config: (given: Json) => Json = () => ({})): Rule {
  return (given, refuse) => {
    for (const [key, value] of Object.entries(values)) {
      const found = given[key] ?? value
      if (JSON.stringify(found) !== JSON.stringify(value)) {
        refuse(`\`${key}\` must be ${String(value)}: TensorFlow.js has no other`, found)
      }
    }
    return { className: '', config: config(given) }
  }
}

const ungrouped = only({ groups: 1 })
const transposed = only({ groups: 1, output_padding: null })

const globalPooling =
  (of: 'max' | 'mean'): Rule =>
  ({ keepdims, data_format }) => ({
    className: 'Keras3GlobalPooling',
    config: { of, keepdims: keepdims ?? false, dataFormat: formatOf(data_format) },
  })

/** tfjs has those of images, without the axes, and those of sequences with channels last. */
const globalPoolingOf =
  (of: 'max' | 'mean', axes: 1 | 2): Rule =>
  (config, refuse) => {
    const isTfjs =
      config.keepdims !== true && (axes === 2 || config.data_format !== 'channels_first')
    return isTfjs ? { className: '' } : globalPooling(of)(config, refuse)
  }

/** tfjs looks at no format of sequences here. */
const channelsLast = only({ data_format: 'channels_last' })

const border =
  (key: 'padding' | 'cropping', sign: 1 | -1): Rule =>
  ({ [key]: given, data_format }) => {
    const sides = Array.isArray(given) && Array.isArray(given[0]) ? given : [given]
    const both = sides.map((side) =>
      (Array.isArray(side) ? side : [side, side]).map((each: number) => sign * each || 0),
    )
    return { className: 'Keras3Border', config: { sides: both, dataFormat: formatOf(data_format) } }
  }

const repeat: Rule = ({ size, data_format }) => ({
  className: 'Keras3Repeat',
  config: { times: [size].flat(), dataFormat: formatOf(data_format) },
})

const resize = (format: unknown, config: Json): TfjsLayer => ({
  className: 'Keras3Resize',
  config: { ...config, dataFormat: formatOf(format) },
})

const interpolated = (interpolation: unknown, refuse: (e: string, g: unknown) => never) => {
  if (interpolation === 'nearest' || interpolation === 'bilinear') return interpolation
  return refuse('`interpolation` must be nearest or bilinear', interpolation)
}

const random =
  (of: string): Rule =>
  () => ({ className: 'Keras3RandomPictures', config: { of } })

const spatialDropout: Rule = ({ data_format }) => ({
  className: 'Keras3SpatialDropout',
  config: { dataFormat: formatOf(data_format) },
})

const identity: Rule = () => ({ className: 'Keras3Identity' })

/** What tfjs calls or computes otherwise, by Keras's class. Layers that are not here are the same in both. */
export const layerRules: Readonly<Record<string, Rule>> = {
  Conv1D: (config, refuse) => {
    ungrouped(config, refuse)
    if (config.padding !== 'causal') return { className: '' }
    if (config.data_format === 'channels_first')
      refuse('`padding` must not be causal', 'channels_first')
    return { className: 'Keras3CausalConv1D' }
  },
  Conv2D: ungrouped,
  Conv3D: ungrouped,
  Conv2DTranspose: transposed,
  Conv3DTranspose: transposed,
  BatchNormalization: only({ renorm: false }, ({ axis }) => ({ axis: [axis ?? -1].flat()[0] })),
  LayerNormalization: only({ rms_scaling: false }),
  LeakyReLU: ({ negative_slope, alpha }) => ({
    className: '',
    config: { alpha: negative_slope ?? alpha ?? 0.3 },
  }),
  ReLU: ({ negative_slope, threshold }) => ({
    className: negative_slope || threshold ? 'Keras3ReLU' : '',
  }),
  ELU: ({ alpha }) => ({ className: (alpha ?? 1) === 1 ? '' : 'Keras3ELU' }),
  Bidirectional: ({ layer, backward_layer }, refuse) => {
    const plain = (value: unknown) => {
      const { config } = (value ?? {}) as { config?: Json }
      return JSON.stringify(settingsOf({ ...config, name: '', go_backwards: false }, ''))
    }
    if (backward_layer != null && plain(backward_layer) !== plain(layer)) {
      refuse('both directions must have the same settings', 'a `backward_layer` of its own')
    }
    return { className: '', config: { backwardLayer: undefined } }
  },
  GRU: ({ reset_after }) => ({ className: '', config: { resetAfter: reset_after ?? true } }),
  MultiHeadAttention: ({ flash_attention: _, ...config }, refuse) => {
    const axes = config.attention_axes ?? null
    if (axes !== null && JSON.stringify(axes) !== '[1]') {
      refuse('`attention_axes` must be left out', axes)
    }
    return { className: 'Keras3MultiHeadAttention' }
  },
  Resizing: ({ height, width, interpolation, data_format, ...rest }, refuse) => {
    const fits = rest.crop_to_aspect_ratio || rest.pad_to_aspect_ratio
    if (fits || rest.antialias) refuse('pictures must be stretched, without antialiasing', rest)
    return resize(data_format, {
      to: [height, width],
      interpolation: interpolated(interpolation ?? 'bilinear', refuse),
    })
  },
  UpSampling2D: ({ size, interpolation, data_format }, refuse) => {
    if ((interpolation ?? 'nearest') === 'nearest') return { className: '' }
    return resize(data_format, {
      by: [size, size].flat().slice(0, 2),
      interpolation: interpolated(interpolation, refuse),
    })
  },
  MaxPooling1D: channelsLast,
  AveragePooling1D: channelsLast,
  GlobalAveragePooling1D: globalPoolingOf('mean', 1),
  GlobalAveragePooling2D: globalPoolingOf('mean', 2),
  GlobalAveragePooling3D: globalPooling('mean'),
  GlobalMaxPooling1D: globalPoolingOf('max', 1),
  GlobalMaxPooling2D: globalPoolingOf('max', 2),
  GlobalMaxPooling3D: globalPooling('max'),
  ZeroPadding1D: border('padding', 1),
  ZeroPadding3D: border('padding', 1),
  Cropping1D: border('cropping', -1),
  Cropping3D: border('cropping', -1),
  UpSampling1D: repeat,
  UpSampling3D: repeat,
  SpatialDropout2D: spatialDropout,
  SpatialDropout3D: spatialDropout,
  Identity: identity,
  ActivityRegularization: identity,
  RandomFlip: random('RandomFlip'),
  RandomRotation: random('RandomRotation'),
  RandomTranslation: random('RandomTranslation'),
  RandomZoom: random('RandomZoom'),
  RandomContrast: random('RandomContrast'),
  RandomBrightness: random('RandomBrightness'),
}

function formatOf(value: unknown): string {
  return value === 'channels_first' ? 'channelsFirst' : 'channelsLast'
}

/** How tfjs knows a layer of Keras 3. */
export function tfjsLayer(className: string, config: Json, where: string): Required<TfjsLayer> {
  const refuse = (expected: string, given: unknown): never => {
    throw new DataError({
      where: `${where}: ${className} ${String(config.name ?? '')}`,
      expected,
      given,
    })
  }
  const rule = Object.hasOwn(layerRules, className) ? layerRules[className]! : undefined
  const found = rule?.(config, refuse)
  return { className: found?.className || className, config: found?.config ?? {} }
}
