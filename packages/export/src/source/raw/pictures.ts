import type { ImageEncoding } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import type { Preprocessing } from './preprocessing.ts'
import { toTrainedSize } from './resize.ts'

/** `(byte / 255 - mean) / std`, of pictures of the trained size or brought to it. */
export function ofPictures(encoding: ImageEncoding): Preprocessing {
  const { channels, mean, std, inGraph } = encoding
  const means = Array.from({ length: channels }, (_, channel) => mean?.[channel] ?? 0)
  const stds = Array.from({ length: channels }, (_, channel) => std?.[channel] ?? 1)
  return {
    taken: (shape) => ({
      ...{ dtype: 'uint8', range: [0, 255] },
      shape: inGraph === 'resize' ? [shape[0]!, null, null, channels] : shape,
    }),
    toSample(raw) {
      const shares = tf.div(inGraph === 'resize' ? toTrainedSize(raw, encoding) : raw, 255)
      const centred = means.some((each) => each !== 0) ? tf.sub(shares, means) : shares
      return stds.some((each) => each !== 1) ? tf.div(centred, stds) : centred
    },
    toRaw: ({ shape, data }) => ({
      shape,
      dtype: 'uint8',
      data: Uint8Array.from(data as Float32Array, (value, place) => {
        const channel = place % channels
        return Math.round((value * stds[channel]! + means[channel]!) * 255)
      }),
    }),
  }
}
