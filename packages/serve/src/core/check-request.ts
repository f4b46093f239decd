import { unknownName } from '@ashlar/errors'
import type { Described } from '../models/describe.ts'
import { RequestError } from '../protocol/errors.ts'
import type { InferRequest, TensorMetadata } from '../protocol/messages.ts'
import { shapeText, type Tensor } from '../protocol/tensor.ts'

/** A request that fits its model. */
export interface CheckedRequest {
  /** In the model's order. */
  readonly inputs: readonly Tensor[]
  /** 1 in models that do not batch. */
  readonly samples: number
}

/**
 * Holds a request against what its model takes: onnxruntime passes over inputs that it does not know, and takes batches of none.
 *
 * @throws RequestError that names the input.
 */
export function checkRequest(
  request: InferRequest,
  { metadata, config }: Described,
): CheckedRequest {
  const where = `model ${JSON.stringify(metadata.name)}`
  const given = new Map<string, Tensor>()
  for (const input of request.inputs) {
    if (given.has(input.name)) {
      throw refuse(`${where}: input ${JSON.stringify(input.name)}`, 'must be given once')
    }
    given.set(input.name, input)
  }
  const names = metadata.inputs.map(({ name }) => name)
  for (const name of given.keys()) {
    if (!names.includes(name)) {
      throw new RequestError('INVALID_ARGUMENT', unknownName(where, 'input', name, names))
    }
  }
  const batched = config.max_batch_size > 0
  const inputs = metadata.inputs.map((expected) => {
    const tensor = given.get(expected.name)
    if (tensor === undefined) {
      throw refuse(where, `the request must have the input ${JSON.stringify(expected.name)}`)
    }
    checkInput(`${where}: input ${JSON.stringify(expected.name)}`, tensor, expected)
    return tensor
  })
  const samples = batched ? checkBatch(where, inputs, config.max_batch_size) : 1
  checkOutputs(where, request, metadata.outputs)
  return { inputs, samples }
}

function checkInput(where: string, { datatype, shape }: Tensor, expected: TensorMetadata): void {
  if (datatype.name !== expected.datatype) {
    throw refuse(where, `datatype must be ${expected.datatype}`, datatype.name)
  }
  const fits =
    shape.length === expected.shape.length &&
    expected.shape.every((size, axis) => size === -1 || size === shape[axis])
  if (!fits) throw refuse(where, `shape must be ${shapeText(expected.shape)}`, shape)
}

function checkBatch(where: string, inputs: readonly Tensor[], max: number): number {
  const [samples = 0, ...others] = inputs.map(({ shape }) => shape[0]!)
  if (others.some((other) => other !== samples)) {
    throw refuse(where, 'all inputs must have the same batch', [samples, ...others])
  }
  if (samples < 1 || samples > max) {
    throw refuse(where, `a request must have 1 to ${max} samples`, samples)
  }
  return samples
}

function checkOutputs(
  where: string,
  { outputs }: InferRequest,
  known: readonly TensorMetadata[],
): void {
  const names = known.map(({ name }) => name)
  const seen = new Set<string>()
  for (const { name } of outputs ?? []) {
    if (!names.includes(name)) {
      throw new RequestError('INVALID_ARGUMENT', unknownName(where, 'output', name, names))
    }
    if (seen.has(name)) {
      throw refuse(`${where}: output ${JSON.stringify(name)}`, 'must be asked for once')
    }
    seen.add(name)
  }
}

function refuse(where: string, expected: string, given?: unknown): RequestError {
  return new RequestError('INVALID_ARGUMENT', { where, expected, given })
}
