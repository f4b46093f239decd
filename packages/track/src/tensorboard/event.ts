/** The first event of a file says what the others are. */
export function versionEvent(seconds: number): Uint8Array {
  return Buffer.concat([double(1, seconds), bytes(3, Buffer.from('brain.Event:2'))])
}

/** From a restart on: readers drop what other files of the folder have for this step and later ones. */
export function startEvent(seconds: number, step: number): Uint8Array {
  const start = Buffer.concat([key(1, 0), varint(1)])
  return Buffer.concat([double(1, seconds), stepField(step), bytes(7, start)])
}

/**
 * Numbers of one step as an Event of TensorFlow (tensorflow/core/util/event.proto), in protobuf's wire format.
 *
 * @param seconds since 1970.
 */
export function scalarEvent(
  seconds: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
  )
  return Buffer.concat([double(1, seconds), stepField(step), bytes(5, Buffer.concat(values))])
}

function stepField(step: number): Buffer {
  return Buffer.concat([key(2, 0), varint(step)])
}

function key(field: number, wireType: number): Buffer {
  return varint(field * 8 + wireType)
}

/** Numbers up to 2^53: division, as shifts end at 32 bits. */
function varint(value: number): Buffer {
  const digits: number[] = []
  let left = value
  while (left >= 128) {
    digits.push((left % 128) + 128)
    left = Math.floor(left / 128)
  }
  return Buffer.from([...digits, left])
}

function double(field: number, value: number): Buffer {
  const data = Buffer.alloc(8)
  data.writeDoubleLE(value)
  return Buffer.concat([key(field, 1), data])
}

function float(field: number, value: number): Buffer {
  const data = Buffer.alloc(4)
  data.writeFloatLE(value)
  return Buffer.concat([key(field, 5), data])
}

function bytes(field: number, data: Uint8Array): Buffer {
  return Buffer.concat([key(field, 2), varint(data.length), data])
}
