import { ConfigError, DataError } from '@ashlar/errors'
import { datatypeOfConfig, datatypeOfOnnx } from '../protocol/datatypes.ts'
import type { ModelMetadata, TensorMetadata } from '../protocol/messages.ts'
import type { SessionInfo, SessionTensor } from '../workers/messages.ts'
import type { ModelConfig, TensorConfig } from './config.ts'

/** Samples in one run where nothing says otherwise. */
export const DEFAULT_MAX_BATCH = 64

/** A model's inputs and outputs with the rest of its configuration. */
export interface Described {
  /** As clients read it, with all that was left out. */
  readonly config: ModelConfig & { readonly name: string; readonly max_batch_size: number }
  readonly metadata: Omit<ModelMetadata, 'versions'>
}

/** What a model is described from beside its file's inputs and outputs. */
export interface Declared {
  readonly config: ModelConfig
  /** Whether the file itself says that its first sizes are the batch. */
  readonly batched: boolean
  /** What clients are told of the file; see `ModelMetadata.properties`. */
  readonly properties?: Readonly<Record<string, string>> | undefined
  /** Samples in one run that the server was started with: for models whose first sizes vary. It stands above the configuration, unless that says 0. */
  readonly maxBatch?: number | undefined
}

/**
 * Completes a configuration by what the model file says, and holds the two against each other.
 *
 * Whether rows are samples cannot be seen from sizes: a file that is read along a time axis looks the same. So a model takes batches only where its file, its
 * configuration or the server's options say so.
 *
 * @throws ConfigError when the configuration asks for what the file does not have.
 * @throws DataError when the file takes or gives what the protocol cannot carry.
 */
export function describeModel(name: string, info: SessionInfo, declared: Declared): Described {
  const where = `model ${JSON.stringify(name)}`
  const given = declared.config
  const max = maxBatchOf(info, declared)
  if (max > 0 && !leadingSizeVaries(info)) {
    throw new ConfigError({
      where: `${where}: max_batch_size`,
      expected: 'must be 0: the first size of an input or output of the file does not vary',
      given: max,
    })
  }
  const inputs = info.inputs.map((tensor) => tensorMetadata(where, tensor))
  const outputs = info.outputs.map((tensor) => tensorMetadata(where, tensor))
  const shownInputs = configure(where, 'input', inputs, given.input, max > 0)
  const shownOutputs = configure(where, 'output', outputs, given.output, max > 0)
  return {
    config: {
      ...given,
      name,
      platform: 'onnxruntime_onnx',
      backend: 'onnxruntime',
      version_policy: given.version_policy ?? { latest: { num_versions: 1 } },
      max_batch_size: max,
      input: shownInputs.map(({ config }) => config),
      output: shownOutputs.map(({ config }) => config),
    },
    metadata: {
      name,
      platform: 'onnxruntime_onnx',
      ...(Object.keys(declared.properties ?? {}).length > 0 && {
        properties: declared.properties,
      }),
      inputs: shownInputs.map(({ metadata }) => metadata),
      outputs: shownOutputs.map(({ metadata }) => metadata),
    },
  }
}

function maxBatchOf(info: SessionInfo, { config, batched, maxBatch }: Declared): number {
  const { max_batch_size: given } = config
  if (given === 0) return 0
  if (maxBatch !== undefined && leadingSizeVaries(info)) return maxBatch
  return given ?? (batched && leadingSizeVaries(info) ? DEFAULT_MAX_BATCH : 0)
}

function leadingSizeVaries({ inputs, outputs }: SessionInfo): boolean {
  return inputs.length > 0 && [...inputs, ...outputs].every(({ shape }) => shape[0] === -1)
}

function tensorMetadata(where: string, { name, type, shape }: SessionTensor): TensorMetadata {
  const datatype = type === undefined ? undefined : datatypeOfOnnx(type)
  if (datatype !== undefined) return { name, datatype: datatype.name, shape }
  throw new DataError({
    where: `${where}: ${JSON.stringify(name)}`,
    expected: 'inputs and outputs must be tensors of a type that the protocol has',
    given: type ?? 'no tensor',
  })
}

function configure(
  where: string,
  kind: 'input' | 'output',
  found: readonly TensorMetadata[],
  given: readonly TensorConfig[] | undefined,
  batched: boolean,
): { config: TensorConfig; metadata: TensorMetadata }[] {
  if (given === undefined) {
    return found.map((metadata) => ({ config: asConfig(metadata, batched), metadata }))
  }
  const names = new Map(found.map((tensor) => [tensor.name, tensor]))
  const missing =
    kind === 'input' ? found.find(({ name }) => !given.some((g) => g.name === name)) : undefined
  if (missing !== undefined) {
    throw new ConfigError({
      where: `${where}: ${kind}`,
      expected: `must have all that the file takes; ${JSON.stringify(missing.name)} is missing`,
    })
  }
  return given.map((config) => {
    const tensor = names.get(config.name)
    const place = `${where}: ${kind} ${JSON.stringify(config.name)}`
    if (tensor === undefined) {
      throw new ConfigError({
        where: place,
        expected: `the file must have it; it has ${[...names.keys()].join(', ')}`,
      })
    }
    const datatype = datatypeOfConfig(config.data_type)
    if (datatype?.name !== tensor.datatype) {
      throw new ConfigError({
        where: `${place}: data_type`,
        expected: `must be ${asConfig(tensor, batched).data_type}, as in the file`,
        given: config.data_type,
      })
    }
    const shape = [...(batched ? [-1] : []), ...config.dims]
    const fits =
      shape.length === tensor.shape.length &&
      shape.every((size, axis) => tensor.shape[axis] === -1 || tensor.shape[axis] === size)
    if (!fits) {
      throw new ConfigError({
        where: `${place}: dims`,
        expected: `must fit [${tensor.shape.slice(batched ? 1 : 0).join(', ')}], as in the file`,
        given: config.dims,
      })
    }
    return { config, metadata: { ...tensor, shape } }
  })
}

function asConfig({ name, datatype, shape }: TensorMetadata, batched: boolean): TensorConfig {
  const type = datatype === 'BYTES' ? 'STRING' : datatype
  return { name, data_type: `TYPE_${type}`, dims: shape.slice(batched ? 1 : 0) }
}
