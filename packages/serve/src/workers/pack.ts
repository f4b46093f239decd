import type { PackedTensor } from './messages.ts'

/** Elements of any type may start here. */
const ALIGNMENT = 8

const PADDING = new Uint8Array(ALIGNMENT)

/** A tensor whose bytes may come in pieces. */
export interface Unpacked {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: Uint8Array | readonly Uint8Array[]
}

/** Tensors one after another, each at an offset that suits its type. Their bytes are not copied. */
export interface Packed {
  readonly tensors: readonly PackedTensor[]
  readonly pieces: readonly Uint8Array[]
  /** Bytes of all pieces. */
  readonly size: number
}

/** Lays tensors out one after another. */
export function pack(unpacked: readonly Unpacked[]): Packed {
  const pieces: Uint8Array[] = []
  let size = 0
  const tensors = unpacked.map(({ name, datatype, shape, data }) => {
    const gap = (ALIGNMENT - (size % ALIGNMENT)) % ALIGNMENT
    if (gap > 0) pieces.push(PADDING.subarray(0, gap))
    const offset = size + gap
    let length = 0
    for (const piece of data instanceof Uint8Array ? [data] : data) {
      pieces.push(piece)
      length += piece.length
    }
    size = offset + length
    return { name, datatype, shape, offset, length }
  })
  return { tensors, pieces, size }
}
