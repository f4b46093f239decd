import * as tf from '@tensorflow/tfjs'

/** Shares of red, green and blue in the light of a colour (ITU-R BT.709). */
const SHARES = [0.2126, 0.7152, 0.0722] as const

/** Linear light of each byte of sRGB (IEC 61966-2-1). */
const LIGHT: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  const part = byte / 255
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
})

/** Bytes of sRGB of each 255th of light: whole, as libvips has them, which looks up what lies between in a straight line. */
const BYTES: Float32Array = Float32Array.from({ length: 256 }, (_, place) => {
  const light = place / 255
  return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055))
})

/**
 * The greys of colours `[..., 3]`, numbers from 0 to 255, as `[..., 1]`: mixed as light is, by the tables of libvips, with which the datasets' decoder mixes (sharp's `b-w`), and not rounded yet. Of
 * each grey, the grey itself comes out when rounded.
 *
 * Sums stand one after the other, so that each runtime rounds them alike.
 */
export function toGrey(colours: tf.Tensor): tf.Tensor {
  const light = tf.mul(
    lookUp(LIGHT, colours),
    SHARES.map((share) => share * 255),
  )
  const [red, green, blue] = tf.split(light, 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor]
  return lookUp(BYTES, tf.add(tf.add(red, green), blue))
}

/** The same of one colour, rounded. */
export function greyOf(colour: readonly number[]): number {
  const light = colour.reduce((sum, byte, at) => sum + SHARES[at]! * 255 * LIGHT[byte]!, 0)
  const below = Math.min(Math.floor(light), 255)
  return Math.round(BYTES[below]! + (light - below) * stepsOf(BYTES)[below]!)
}

/** Numbers of a table for places from 0 to 255, those between two in a straight line. */
function lookUp(table: Float32Array, places: tf.Tensor): tf.Tensor {
  const below = tf.minimum(tf.floor(places), 255)
  const index = tf.cast(below, 'int32')
  const steps = tf.gather(tf.tensor1d(stepsOf(table)), index)
  const beyond = tf.sub(places, below)
  return tf.add(tf.gather(tf.tensor1d(table), index), tf.mul(steps, beyond))
}

function stepsOf(table: Float32Array): Float32Array {
  return table.map((value, at) => (table[at + 1] ?? value) - value)
}
