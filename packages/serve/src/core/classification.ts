import { datatypes } from '../protocol/datatypes.ts'
import { RequestError } from '../protocol/errors.ts'
import { encodeBytes, type Tensor } from '../protocol/tensor.ts'

/**
 * The largest values of each row, as text `value:index` or `value:index:label`, largest first.
 *
 * @param count how many; at most all of a row.
 * @param labels by index.
 * @param batched whether the first axis is the batch; otherwise the tensor is one row.
 * @throws RequestError when elements are not numbers.
 */
export function classify(
  tensor: Tensor,
  count: number,
  labels: readonly string[],
  batched: boolean,
): Tensor {
  const { name, datatype, shape, data } = tensor
  if (datatype.view === undefined || datatype.json === undefined) {
    throw new RequestError('INVALID_ARGUMENT', {
      where: `output ${JSON.stringify(name)}`,
      expected: 'classification is for numbers that JSON has',
      given: datatype.name,
    })
  }
  const bytes = new Uint8Array(data)
  const view = datatype.view(bytes.buffer, bytes.byteOffset, bytes.length / datatype.bytes)
  const rows = batched ? shape[0]! : 1
  const width = view.length / Math.max(rows, 1)
  const kept = Math.min(count, width)
  const isFloat = view instanceof Float32Array || view instanceof Float64Array
  const elements: string[] = []
  for (let row = 0; row < rows; row += 1) {
    const values = Array.from(view.subarray(row * width, (row + 1) * width) as Float64Array)
    const order = values.map((_, index) => index).sort((a, b) => compare(values[b]!, values[a]!))
    for (const index of order.slice(0, kept)) {
      const label = labels[index]
      const value = isFloat ? values[index]!.toFixed(6) : values[index]
      elements.push(`${value}:${index}${label === undefined ? '' : `:${label}`}`)
    }
  }
  return {
    name,
    datatype: datatypes.get('BYTES')!,
    shape: batched ? [rows, kept] : [kept],
    data: encodeBytes(elements),
  }
}

/** Works for numbers and bigints; NaN is the smallest. */
function compare(a: number, b: number): number {
  if (a === b) return 0
  return a > b || Number.isNaN(b) ? 1 : -1
}
