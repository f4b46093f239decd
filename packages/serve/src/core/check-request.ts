import { unknownName } from '@ashlar/errors'
import type { Described } from '../models/describe.ts'
import { datatypes } from '../protocol/datatypes.ts'
import { RequestError } from '../protocol/errors.ts'
import type { InferRequest, RequestedOutput, TensorMetadata } from '../protocol/messages.ts'
import { type InputTensor, shapeText } from '../protocol/tensor.ts'
import { MAX_ANSWER } from '../workers/limits.ts'
import { whereOf, whereOfInput } from './where.ts'

type Metadata = Described['metadata']

/** A request that fits its model. */
export interface CheckedRequest {
  /** In the model's order. */
  readonly inputs: readonly InputTensor[]
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
  const inputs = arrange(request.inputs, metadata)
  for (const [index, tensor] of inputs.entries()) {
    checkInput(metadata.name, tensor, metadata.inputs[index]!)
  }
  const { max_batch_size: maxBatch } = config
  const samples = maxBatch > 0 ? checkBatch(metadata.name, inputs) : 1
  if (maxBatch > 0) checkAnswer(metadata, samples)
  if (request.outputs !== undefined) {
    checkOutputs(whereOf(metadata.name), request.outputs, metadata.outputs)
  }
  return { inputs, samples }
}

/** The inputs in the model's order, which most clients send them in. */
function arrange(inputs: readonly InputTensor[], { name: model, inputs: expected }: Metadata) {
  const inOrder =
    inputs.length === expected.length &&
    inputs.every(({ name }, index) => name === expected[index]!.name)
  if (inOrder) return inputs
  const where = whereOf(model)
  const given = new Map<string, InputTensor>()
  for (const input of inputs) {
    if (given.has(input.name)) throw refuse(whereOfInput(model, input.name), 'must be given once')
    given.set(input.name, input)
  }
  const names = expected.map(({ name }) => name)
  for (const name of given.keys()) {
    if (!names.includes(name)) {
      throw new RequestError('INVALID_ARGUMENT', unknownName(where, 'input', name, names))
    }
  }
  return names.map((name) => {
    const tensor = given.get(name)
    if (tensor !== undefined) return tensor
    throw refuse(where, `the request must have the input ${JSON.stringify(name)}`)
  })
}

function checkInput(
  model: string,
  { datatype, shape }: InputTensor,
  expected: TensorMetadata,
): void {
  if (datatype.name !== expected.datatype) {
    const where = whereOfInput(model, expected.name)
    throw refuse(where, `datatype must be ${expected.datatype}`, datatype.name)
  }
  const fits =
    shape.length === expected.shape.length &&
    expected.shape.every((size, axis) => size === -1 || size === shape[axis])
  if (fits) return
  throw refuse(
    whereOfInput(model, expected.name),
    `shape must be ${shapeText(expected.shape)}`,
    shape,
  )
}

/** Whether all that a request asks for fits into one answer, where that is known before anything is run: also what is run in parts is one answer. */
function checkAnswer({ name, outputs }: Metadata, samples: number): void {
  const bytes = outputs.reduce((sum, { datatype, shape }) => {
    const row = shape.slice(1)
    // What varies otherwise is seen when it is there; a text takes a byte at least.
    const known = row.includes(-1) ? 0 : row.reduce((product, size) => product * size, 1)
    return sum + samples * known * (datatypes.get(datatype)?.bytes || 1)
  }, 0)
  if (bytes <= MAX_ANSWER) return
  throw refuse(
    whereOf(name),
    `a request must not ask for outputs of more than ${MAX_ANSWER} bytes`,
    `${bytes} bytes for ${samples} samples`,
  )
}

/** There is no upper bound here: what is more than a batch is run in parts. */
function checkBatch(model: string, inputs: readonly InputTensor[]): number {
  const samples = inputs[0]?.shape[0] ?? 0
  if (inputs.some(({ shape }) => shape[0] !== samples)) {
    const batches = inputs.map(({ shape }) => shape[0])
    throw refuse(whereOf(model), 'all inputs must have the same batch', batches)
  }
  if (samples < 1) throw refuse(whereOf(model), 'a request must have at least one sample', samples)
  return samples
}

function checkOutputs(
  where: string,
  outputs: readonly RequestedOutput[],
  known: readonly TensorMetadata[],
): void {
  const names = known.map(({ name }) => name)
  const seen = new Set<string>()
  for (const { name } of outputs) {
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
