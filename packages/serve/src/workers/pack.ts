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

/** Tensors in one buffer, which then changes threads without being copied. */
export interface Packed<Message> {
  readonly buffer: ArrayBuffer
  readonly outputs: Message
}

/**
 * Copies tensors into one buffer, each at an offset that suits its type.
 *
 * @param reuse a buffer to take if it is large enough.
 */
export function pack(
  tensors: readonly Unpacked[],
  reuse?: ArrayBuffer,
): Packed<readonly PackedTensor[]> {
  let size = 0
  const outputs = tensors.map(({ name, datatype, shape, data }) => {
    const offset = size
    const length = pieces(data).reduce((sum, piece) => sum + piece.length, 0)
    size = Math.ceil((offset + length) / ALIGNMENT) * ALIGNMENT
    return { name, datatype, shape, offset, length }
  })
  const buffer = reuse !== undefined && reuse.byteLength >= size ? reuse : new ArrayBuffer(size)
  const bytes = new Uint8Array(buffer)
  tensors.forEach(({ data }, index) => {
    let { offset } = outputs[index]!
    for (const piece of pieces(data)) {
      bytes.set(piece, offset)
      offset += piece.length
    }
  })
  return { buffer, outputs }
}

function pieces(data: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  return data instanceof Uint8Array ? [data] : data
}
