// The service `inference.GRPCInferenceService`: the numbers of the fields are those of the Open Inference Protocol and of Triton's
// extensions (model configuration as far as it is followed here).

interface Field {
  readonly id: number
  readonly type: string
  readonly rule?: 'repeated'
  readonly keyType?: string
}

interface Message {
  readonly fields: Readonly<Record<string, Field>>
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>
  readonly nested?: Readonly<Record<string, Message>>
}

function field(id: number, type: string): Field {
  return { id, type }
}

function list(id: number, type: string): Field {
  return { id, type, rule: 'repeated' }
}

function map(id: number, type: string): Field {
  return { id, type, keyType: 'string' }
}

function message(fields: Message['fields'], rest: Omit<Message, 'fields'> = {}): Message {
  return { fields, ...rest }
}

const byName = { name: field(1, 'string'), version: field(2, 'string') }
const parameters = map(2, 'InferParameter')
const durations = (names: readonly string[], from: number) =>
  Object.fromEntries(names.map((name, index) => [name, field(from + index, 'StatisticDuration')]))

const messages: Readonly<Record<string, Message>> = {
  ServerLiveRequest: message({}),
  ServerLiveResponse: message({ live: field(1, 'bool') }),
  ServerReadyRequest: message({}),
  ServerReadyResponse: message({ ready: field(1, 'bool') }),
  ModelReadyRequest: message(byName),
  ModelReadyResponse: message({ ready: field(1, 'bool') }),
  ServerMetadataRequest: message({}),
  ServerMetadataResponse: message({ ...byName, extensions: list(3, 'string') }),
  ModelMetadataRequest: message(byName),
  ModelMetadataResponse: message(
    {
      name: field(1, 'string'),
      versions: list(2, 'string'),
      platform: field(3, 'string'),
      inputs: list(4, 'TensorMetadata'),
      outputs: list(5, 'TensorMetadata'),
      properties: map(6, 'string'),
    },
    {
      nested: {
        TensorMetadata: message({
          name: field(1, 'string'),
          datatype: field(2, 'string'),
          shape: list(3, 'int64'),
        }),
      },
    },
  ),
  InferParameter: message(
    {
      bool_param: field(1, 'bool'),
      int64_param: field(2, 'int64'),
      string_param: field(3, 'string'),
      double_param: field(4, 'double'),
      uint64_param: field(5, 'uint64'),
    },
    {
      oneofs: {
        parameter_choice: {
          oneof: ['bool_param', 'int64_param', 'string_param', 'double_param', 'uint64_param'],
        },
      },
    },
  ),
  InferTensorContents: message({
    bool_contents: list(1, 'bool'),
    int_contents: list(2, 'int32'),
    int64_contents: list(3, 'int64'),
    uint_contents: list(4, 'uint32'),
    uint64_contents: list(5, 'uint64'),
    fp32_contents: list(6, 'float'),
    fp64_contents: list(7, 'double'),
    bytes_contents: list(8, 'bytes'),
  }),
  ModelInferRequest: message(
    {
      model_name: field(1, 'string'),
      model_version: field(2, 'string'),
      id: field(3, 'string'),
      parameters: map(4, 'InferParameter'),
      inputs: list(5, 'InferInputTensor'),
      outputs: list(6, 'InferRequestedOutputTensor'),
      raw_input_contents: list(7, 'bytes'),
    },
    {
      nested: {
        InferInputTensor: message({
          name: field(1, 'string'),
          datatype: field(2, 'string'),
          shape: list(3, 'int64'),
          parameters: map(4, 'InferParameter'),
          contents: field(5, 'InferTensorContents'),
        }),
        InferRequestedOutputTensor: message({ name: field(1, 'string'), parameters }),
      },
    },
  ),
  ModelInferResponse: message(
    {
      model_name: field(1, 'string'),
      model_version: field(2, 'string'),
      id: field(3, 'string'),
      parameters: map(4, 'InferParameter'),
      outputs: list(5, 'InferOutputTensor'),
      raw_output_contents: list(6, 'bytes'),
    },
    {
      nested: {
        InferOutputTensor: message({
          name: field(1, 'string'),
          datatype: field(2, 'string'),
          shape: list(3, 'int64'),
          parameters: map(4, 'InferParameter'),
          contents: field(5, 'InferTensorContents'),
        }),
      },
    },
  ),
  ModelStreamInferResponse: message({
    error_message: field(1, 'string'),
    infer_response: field(2, 'ModelInferResponse'),
  }),
  ModelConfigRequest: message(byName),
  ModelConfigResponse: message({ config: field(1, 'ModelConfig') }),
  ModelConfig: message({
    name: field(1, 'string'),
    platform: field(2, 'string'),
    max_batch_size: field(4, 'int32'),
    input: list(5, 'ModelInput'),
    output: list(6, 'ModelOutput'),
    instance_group: list(7, 'ModelInstanceGroup'),
    default_model_filename: field(8, 'string'),
    backend: field(17, 'string'),
  }),
  ModelInput: message({
    name: field(1, 'string'),
    data_type: field(2, 'DataType'),
    dims: list(4, 'int64'),
  }),
  ModelOutput: message({
    name: field(1, 'string'),
    data_type: field(2, 'DataType'),
    dims: list(3, 'int64'),
    label_filename: field(4, 'string'),
  }),
  ModelInstanceGroup: message({ name: field(1, 'string'), count: field(2, 'int32') }),
  ModelStatisticsRequest: message(byName),
  ModelStatisticsResponse: message({ model_stats: list(1, 'ModelStatistics') }),
  ModelStatistics: message({
    ...byName,
    last_inference: field(3, 'uint64'),
    inference_count: field(4, 'uint64'),
    execution_count: field(5, 'uint64'),
    inference_stats: field(6, 'InferStatistics'),
    batch_stats: list(7, 'InferBatchStatistics'),
  }),
  StatisticDuration: message({ count: field(1, 'uint64'), ns: field(2, 'uint64') }),
  InferStatistics: message(
    durations(
      [
        'success',
        'fail',
        'queue',
        'compute_input',
        'compute_infer',
        'compute_output',
        'cache_hit',
        'cache_miss',
      ],
      1,
    ),
  ),
  InferBatchStatistics: message({
    batch_size: field(1, 'uint64'),
    ...durations(['compute_input', 'compute_infer', 'compute_output'], 2),
  }),
  ModelRepositoryParameter: message(
    {
      bool_param: field(1, 'bool'),
      int64_param: field(2, 'int64'),
      string_param: field(3, 'string'),
      bytes_param: field(4, 'bytes'),
    },
    {
      oneofs: {
        parameter_choice: { oneof: ['bool_param', 'int64_param', 'string_param', 'bytes_param'] },
      },
    },
  ),
  RepositoryIndexRequest: message({
    repository_name: field(1, 'string'),
    ready: field(2, 'bool'),
  }),
  RepositoryIndexResponse: message(
    { models: list(1, 'ModelIndex') },
    {
      nested: {
        ModelIndex: message({
          ...byName,
          state: field(3, 'string'),
          reason: field(4, 'string'),
        }),
      },
    },
  ),
  RepositoryModelLoadRequest: message({
    repository_name: field(1, 'string'),
    model_name: field(2, 'string'),
    parameters: map(3, 'ModelRepositoryParameter'),
  }),
  RepositoryModelLoadResponse: message({}),
  RepositoryModelUnloadRequest: message({
    repository_name: field(1, 'string'),
    model_name: field(2, 'string'),
    parameters: map(3, 'ModelRepositoryParameter'),
  }),
  RepositoryModelUnloadResponse: message({}),
}

/** Element types of a model configuration, in the order of their numbers. */
const DATA_TYPES = [
  'TYPE_INVALID',
  'TYPE_BOOL',
  'TYPE_UINT8',
  'TYPE_UINT16',
  'TYPE_UINT32',
  'TYPE_UINT64',
  'TYPE_INT8',
  'TYPE_INT16',
  'TYPE_INT32',
  'TYPE_INT64',
  'TYPE_FP16',
  'TYPE_FP32',
  'TYPE_FP64',
  'TYPE_STRING',
  'TYPE_BF16',
]

/** What can be called; each takes `<name>Request` and gives `<name>Response`. */
export const METHODS = [
  'ServerLive',
  'ServerReady',
  'ModelReady',
  'ServerMetadata',
  'ModelMetadata',
  'ModelInfer',
  'ModelConfig',
  'ModelStatistics',
  'RepositoryIndex',
  'RepositoryModelLoad',
  'RepositoryModelUnload',
] as const

/** The call that takes requests and gives answers one after another. */
export const STREAM = 'ModelStreamInfer'

/** The service as protobufjs reads it from JSON. */
export const descriptor: object = {
  options: { syntax: 'proto3' },
  nested: {
    inference: {
      nested: {
        ...messages,
        DataType: { values: Object.fromEntries(DATA_TYPES.map((name, number) => [name, number])) },
        GRPCInferenceService: {
          methods: {
            ...Object.fromEntries(
              METHODS.map((name) => [
                name,
                { requestType: `${name}Request`, responseType: `${name}Response` },
              ]),
            ),
            [STREAM]: {
              requestType: 'ModelInferRequest',
              requestStream: true,
              responseType: 'ModelStreamInferResponse',
              responseStream: true,
            },
          },
        },
      },
    },
  },
}
