import type { PackedTensor } from './messages.ts'

/** Elements of any type may start here. */
const ALIGNMENT = 8

/** A tensor whose bytes may come in pieces. */
export interface Unpacked {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: Uint8Array | readonly Uint8Array[]
}

/** Tensors in one buffer. */
export interface Packed<Buffer extends ArrayBufferLike> {
  readonly tensors: readonly PackedTensor[]
  readonly buffer: Buffer
  /** How much of the buffer they take. */
  readonly size: number
}

/**
 * Copies tensors into one buffer, each at an offset that suits its type.
 *
 * @param allocate gives a buffer of at least so many bytes.
 */
export function pack<Buffer extends ArrayBufferLike>(
  unpacked: readonly Unpacked[],
  allocate: (size: number) => Buffer,
): Packed<Buffer> {
  let size = 0
  const tensors = unpacked.map(({ name, datatype, shape, data }) => {
    const offset = size
    const length = pieces(data).reduce((sum, piece) => sum + piece.length, 0)
    size = Math.ceil((offset + length) / ALIGNMENT) * ALIGNMENT
    return { name, datatype, shape, offset, length }
  })
  const buffer = allocate(size)
  const bytes = new Uint8Array(buffer)
  for (const [index, { data }] of unpacked.entries()) {
    let { offset } = tensors[index]!
    for (const piece of pieces(data)) {
      bytes.set(piece, offset)
      offset += piece.length
    }
  }
  return { tensors, buffer, size }
}

function pieces(data: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  return data instanceof Uint8Array ? [data] : data
}
