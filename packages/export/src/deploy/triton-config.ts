import { ConfigError } from '@ashlar/errors'
import type { FileTensor } from '../report.ts'
import type { Deployable } from './deployable.ts'

/** File beside config.pbtxt with a class name a line. */
export const LABELS_FILE = 'labels.txt'

/** Samples in one batch at most, for models that take batches. */
const MAX_BATCH = 64

/** How long a request may wait for others to share its batch. */
const QUEUE_DELAY_MICROSECONDS = 500

/** Triton's names of element types, by those of the file. */
const TYPES: Readonly<Record<string, string>> = {
  bool: 'TYPE_BOOL',
  uint8: 'TYPE_UINT8',
  uint16: 'TYPE_UINT16',
  uint32: 'TYPE_UINT32',
  uint64: 'TYPE_UINT64',
  int8: 'TYPE_INT8',
  int16: 'TYPE_INT16',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  float16: 'TYPE_FP16',
  float32: 'TYPE_FP32',
  float64: 'TYPE_FP64',
  string: 'TYPE_STRING',
}

/**
 * The config.pbtxt of a model for Triton's ONNX backend. A model whose tensors all have a first size that varies takes batches up to 64, made of
 * requests that arrive within half a millisecond; others, and those with a tensor that has no other size, are run one request at a time, with their shapes in full.
 *
 * Source: Triton Inference Server, model configuration.
 *
 * @throws ConfigError for an element type that Triton does not know.
 */
export function tritonConfig(model: Deployable): string {
  const { name, inputs, outputs, labels } = model
  // Triton wants a size behind the batch: one number or text a sample has none.
  const batches = [...inputs, ...outputs].every(
    ({ shape }) => typeof shape[0] === 'string' && shape.length > 1,
  )
  return [
    `name: ${quote(name)}`,
    'backend: "onnxruntime"',
    `max_batch_size: ${batches ? MAX_BATCH : 0}`,
    ...inputs.flatMap((each) => tensor('input', each, batches)),
    // What is text itself needs no names.
    ...outputs.flatMap((each) =>
      tensor('output', each, batches, each.dtype === 'string' ? undefined : labels && LABELS_FILE),
    ),
    ...(batches
      ? ['dynamic_batching {', `  max_queue_delay_microseconds: ${QUEUE_DELAY_MICROSECONDS}`, '}']
      : []),
    'instance_group [ { count: 1 kind: KIND_CPU } ]',
    '',
  ].join('\n')
}

function tensor(
  kind: 'input' | 'output',
  { name, dtype, shape }: FileTensor,
  batches: boolean,
  labelFile?: string,
): string[] {
  const type = TYPES[dtype]
  if (type === undefined) {
    throw new ConfigError({
      where: `${kind} ${name}`,
      expected: `the element type must be one that Triton knows: ${Object.keys(TYPES).join(', ')}`,
      given: dtype,
    })
  }
  const dims = (batches ? shape.slice(1) : shape).map((size) =>
    typeof size === 'string' ? -1 : size,
  )
  return [
    `${kind} [`,
    '  {',
    `    name: ${quote(name)}`,
    `    data_type: ${type}`,
    `    dims: [ ${dims.join(', ')} ]`,
    ...(labelFile === undefined ? [] : [`    label_filename: ${quote(labelFile)}`]),
    '  }',
    ']',
  ]
}

/** A string of protobuf's text format, which escapes as JSON does for all that a name can hold. */
function quote(text: string): string {
  return JSON.stringify(text)
}
