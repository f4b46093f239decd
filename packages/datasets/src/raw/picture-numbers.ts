import { channelsTaken, type ImageEncoding, type InputEncoding } from '@ashlar/core/encoding'

/** The bytes of a picture as numbers that a model takes: `(byte / 255 - mean) / std`. */
export function pictureNumbers(
  { channels, mean, std }: ImageEncoding,
  bytes: Uint8Array,
  invert: boolean = false,
): Float32Array {
  return Float32Array.from(bytes, (byte, place) => {
    const channel = place % channels
    const share = (invert ? 255 - byte : byte) / 255
    return (share - (mean?.[channel] ?? 0)) / (std?.[channel] ?? 1)
  })
}

/** The bytes of a picture as a file takes them that makes samples of bytes itself: grey as colours that are mixed to it again, where it takes colours. */
export function takenBytes({ colors }: ImageEncoding, bytes: Uint8Array): Uint8Array {
  if (!colors) return bytes
  return Uint8Array.from({ length: 3 * bytes.length }, (_, place) => bytes[Math.floor(place / 3)]!)
}

/** Numbers of pictures in the order that some models take: one channel after the other. */
export function toChannelsFirst<Data extends Float32Array | Uint8Array>(
  input: InputEncoding,
  data: Data,
): Data {
  if (input.kind !== 'image') return data
  const { height, width } = input
  const channels = channelsTaken(input)
  const plane = height * width
  const turned = data.slice() as Data
  for (let at = 0; at < data.length; at++) {
    const sample = Math.floor(at / (plane * channels))
    const inside = at % (plane * channels)
    const channel = sample * channels + (inside % channels)
    turned[channel * plane + Math.floor(inside / channels)] = data[at]!
  }
  return turned
}
