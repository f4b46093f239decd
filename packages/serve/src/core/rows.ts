import { decodeBytes, type InputTensor, type Tensor } from '../protocol/tensor.ts'
import type { Unpacked } from '../workers/pack.ts'

/** Sizes other than the first, of every input of a request: those with equal keys can be joined. Types are the model's. */
export function rowKey(inputs: readonly InputTensor[]): string {
  let key = ''
  for (const { shape } of inputs) {
    for (let axis = 1; axis < shape.length; axis += 1) key += `${shape[axis]},`
    key += ';'
  }
  return key
}

/** The inputs of one run: those of all requests, row after row. Their bytes are not copied. */
export function joinRows(
  requests: readonly (readonly InputTensor[])[],
  samples: number,
): Unpacked[] {
  const [first = []] = requests
  return first.map(({ name, datatype, shape }, index) => ({
    name,
    datatype: datatype.name,
    shape: requests.length === 1 ? shape : [samples, ...shape.slice(1)],
    data: requests.flatMap((inputs) => inputs[index]!.data),
  }))
}

/**
 * Takes a tensor apart along its first axis.
 *
 * @param counts rows of each part; they add up to the first size.
 * @returns parts that are views of the tensor's bytes.
 */
export function splitRows(tensor: Tensor, counts: readonly number[]): Tensor[] {
  const { name, datatype, shape, data } = tensor
  const [rows = 0, ...rest] = shape
  const bytesUpTo = rowOffsets(tensor, rows)
  let row = 0
  return counts.map((count) => {
    const begin = bytesUpTo(row)
    row += count
    return { name, datatype, shape: [count, ...rest], data: data.subarray(begin, bytesUpTo(row)) }
  })
}

function rowOffsets(
  { name, datatype, data, shape }: Tensor,
  rows: number,
): (row: number) => number {
  if (datatype.bytes > 0) {
    const size = rows === 0 ? 0 : data.length / rows
    return (row) => row * size
  }
  const perRow = shape.slice(1).reduce((product, size) => product * size, 1)
  const offsets = [0]
  let offset = 0
  for (const element of decodeBytes(`output ${JSON.stringify(name)}`, data)) {
    offset += 4 + element.length
    offsets.push(offset)
  }
  return (row) => offsets[row * perRow]!
}
