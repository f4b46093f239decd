import { channelsTaken, type ImageEncoding } from '@ashlar/core/encoding'
import * as tf from '@tensorflow/tfjs'
import { toGrey } from './grey.ts'
import type { Preprocessing } from './preprocessing.ts'
import { isOfTrainedSize, toTrainedSize } from './resize.ts'

/** `(byte / 255 - mean) / std`, of pictures of the trained size or brought to it, of colours as they are or mixed to grey. */
export function ofPictures(encoding: ImageEncoding): Preprocessing {
  const { channels, mean, std, inGraph } = encoding
  const means = Array.from({ length: channels }, (_, channel) => mean?.[channel] ?? 0)
  const stds = Array.from({ length: channels }, (_, channel) => std?.[channel] ?? 1)
  const taken = channelsTaken(encoding)
  return {
    taken: (shape) => ({
      ...{ dtype: 'uint8', range: [0, 255] },
      shape: inGraph === 'resize' ? [shape[0]!, null, null, taken] : [...shape.slice(0, -1), taken],
    }),
    toSample(raw) {
      const shares = tf.div(toBytes(raw, encoding), 255)
      const centred = means.some((each) => each !== 0) ? tf.sub(shares, means) : shares
      return stds.some((each) => each !== 1) ? tf.div(centred, stds) : centred
    },
    toRaw({ shape, data }) {
      // A grey is mixed of itself.
      const repeat = taken / channels
      return {
        shape: [...shape.slice(0, -1), taken],
        dtype: 'uint8',
        data: Uint8Array.from({ length: data.length * repeat }, (_, at) => {
          const place = Math.floor(at / repeat)
          const channel = place % channels
          return Math.round((Number(data[place]) * stds[channel]! + means[channel]!) * 255)
        }),
      }
    },
  }
}

/** What the datasets' decoder gives for a picture: brought to its size, then mixed. */
function toBytes(raw: tf.Tensor, encoding: ImageEncoding): tf.Tensor {
  const { inGraph, colors } = encoding
  const sized =
    inGraph === 'resize'
      ? toTrainedSize(raw, { ...encoding, channels: channelsTaken(encoding) })
      : raw
  if (!colors) return sized
  const grey = toGrey(sized)
  const rounded = tf.round(grey)
  // Of another size, numbers are sums whose last digit is the runtime's own: rounded, it would be a whole step.
  return inGraph === 'resize' ? tf.where(isOfTrainedSize(raw, encoding), rounded, grey) : rounded
}
