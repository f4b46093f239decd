import { RequestError } from '../protocol/errors.ts'
import { joined, slice } from '../protocol/pieces.ts'
import { type InputTensor, piecesOf, type Tensor } from '../protocol/tensor.ts'
import { splitRows } from './rows.ts'

/** Samples of each part of a request that has more than a batch may: full batches, and the rest. */
export function partSizes(samples: number, most: number): number[] {
  if (samples <= most) return [samples]
  const sizes = Array<number>(Math.floor(samples / most)).fill(most)
  if (samples % most > 0) sizes.push(samples % most)
  return sizes
}

/** The inputs of each part, as views of those of the request. */
export function splitInputs(
  inputs: readonly InputTensor[],
  counts: readonly number[],
): InputTensor[][] {
  if (counts.length === 1) return [[...inputs]]
  const split = inputs.map((input) => splitInput(input, counts))
  return counts.map((_, part) => split.map((own) => own[part]!))
}

function splitInput(input: InputTensor, counts: readonly number[]): InputTensor[] {
  const { name, datatype, shape } = input
  if (datatype.bytes === 0) {
    return splitRows({ name, datatype, shape, data: joined(piecesOf(input)) }, counts)
  }
  const rest = shape.slice(1)
  const bytes = rest.reduce((product, size) => product * size, datatype.bytes)
  const pieces = piecesOf(input)
  let row = 0
  return counts.map((count) => {
    const data = slice(pieces, row * bytes, (row + count) * bytes)
    row += count
    return { name, datatype, shape: [count, ...rest], data }
  })
}

/**
 * The outputs of a request that was run in parts.
 *
 * @param answers the outputs of each part.
 * @param counts samples of each.
 * @throws RequestError when the model has not given one row for each sample: then its outputs cannot be put together.
 */
export function joinParts(
  where: string,
  answers: readonly (readonly Tensor[])[],
  counts: readonly number[],
): Tensor[] {
  const [first = []] = answers
  const rows = counts.reduce((sum, count) => sum + count, 0)
  return first.map(({ name, datatype, shape }, index) => {
    const tensors = answers.map((outputs) => outputs[index]!)
    const [, ...rest] = shape
    const fits = tensors.every(
      (tensor, part) =>
        tensor.shape[0] === counts[part] && tensor.shape.slice(1).join() === rest.join(),
    )
    if (!fits) {
      throw new RequestError('INVALID_ARGUMENT', {
        where: `${where}: output ${JSON.stringify(name)}`,
        expected: `${rows} samples must fit into one run, at most ${Math.max(...counts)}: this model does not give a row of one size for each`,
        given: shape,
      })
    }
    const data = Buffer.concat(tensors.map((tensor) => tensor.data))
    return { name, datatype, shape: [rows, ...rest], data }
  })
}
