import { ConfigError } from '@ashlar/errors'
import { z } from 'zod'

/** An input or output. */
export interface TensorConfig {
  readonly name: string
  readonly data_type: string
  /** Without the batch in models that batch. */
  readonly dims: readonly number[]
  readonly optional?: false | undefined
  readonly label_filename?: string | undefined
}

/** How long requests may wait. */
export interface QueuePolicy {
  readonly max_queue_size?: number | undefined
  readonly timeout_action?: 'REJECT' | undefined
  readonly default_timeout_microseconds?: number | undefined
  readonly allow_timeout_override?: boolean | undefined
}

/** Inputs to run a model on before it gets requests. */
export interface WarmUpConfig {
  readonly name: string
  readonly batch_size?: number | undefined
  readonly count?: number | undefined
  readonly inputs: Readonly<
    Record<
      string,
      {
        readonly data_type: string
        readonly dims: readonly number[]
        readonly zero_data?: boolean | undefined
        readonly random_data?: boolean | undefined
      }
    >
  >
}

/** Which versions are served. */
export type VersionPolicy =
  | { readonly latest: { readonly num_versions?: number | undefined } }
  | { readonly all: Readonly<Record<string, never>> }
  | { readonly specific: { readonly versions: readonly number[] } }

/** Triton's model configuration, as far as it is followed here, in its form as JSON. */
export interface ModelConfig {
  readonly name?: string | undefined
  readonly platform?: '' | 'onnxruntime_onnx' | undefined
  readonly backend?: '' | 'onnxruntime' | undefined
  readonly version_policy?: VersionPolicy | undefined
  readonly max_batch_size?: number | undefined
  readonly input?: readonly TensorConfig[] | undefined
  readonly output?: readonly TensorConfig[] | undefined
  readonly instance_group?:
    | readonly {
        readonly name?: string | undefined
        readonly kind?: 'KIND_CPU' | 'KIND_AUTO' | undefined
        readonly count?: number | undefined
      }[]
    | undefined
  readonly dynamic_batching?:
    | {
        readonly preferred_batch_size?: readonly number[] | undefined
        readonly max_queue_delay_microseconds?: number | undefined
        readonly preserve_ordering?: boolean | undefined
        readonly default_queue_policy?: QueuePolicy | undefined
      }
    | undefined
  readonly parameters?: Readonly<Record<string, { readonly string_value: string }>> | undefined
  readonly model_warmup?: readonly WarmUpConfig[] | undefined
  readonly default_model_filename?: string | undefined
  readonly optimization?: unknown
  readonly response_cache?: unknown
}

const tensorConfig: z.ZodType<TensorConfig> = z.strictObject({
  name: z.string().min(1),
  data_type: z.string().regex(/^TYPE_[A-Z0-9]+$/),
  /** Without the batch in models that batch. */
  dims: z.array(z.int().min(-1)),
  optional: z.literal(false).optional(),
  label_filename: z.string().optional(),
})

const queuePolicy: z.ZodType<QueuePolicy> = z.strictObject({
  max_queue_size: z.int().min(0).optional(),
  timeout_action: z.enum(['REJECT']).optional(),
  default_timeout_microseconds: z.int().min(0).optional(),
  allow_timeout_override: z.boolean().optional(),
})

const warmup: z.ZodType<WarmUpConfig> = z.strictObject({
  name: z.string(),
  batch_size: z.int().min(0).optional(),
  count: z.int().min(0).optional(),
  inputs: z.record(
    z.string(),
    z.strictObject({
      data_type: z.string(),
      dims: z.array(z.int().min(0)),
      zero_data: z.boolean().optional(),
      random_data: z.boolean().optional(),
    }),
  ),
})

const schema: z.ZodType<ModelConfig> = z.strictObject({
  name: z.string().optional(),
  platform: z.literal(['', 'onnxruntime_onnx']).optional(),
  backend: z.literal(['', 'onnxruntime']).optional(),
  version_policy: z
    .union([
      z.strictObject({ latest: z.strictObject({ num_versions: z.int().min(1).optional() }) }),
      z.strictObject({ all: z.strictObject({}) }),
      z.strictObject({ specific: z.strictObject({ versions: z.array(z.int().min(1)) }) }),
    ])
    .optional(),
  max_batch_size: z.int().min(0).optional(),
  input: z.array(tensorConfig).optional(),
  output: z.array(tensorConfig).optional(),
  instance_group: z
    .array(
      z.strictObject({
        name: z.string().optional(),
        kind: z.literal(['KIND_CPU', 'KIND_AUTO']).optional(),
        count: z.int().min(0).max(64).optional(),
      }),
    )
    .optional(),
  dynamic_batching: z
    .strictObject({
      preferred_batch_size: z.array(z.int().min(1)).optional(),
      max_queue_delay_microseconds: z.int().min(0).optional(),
      preserve_ordering: z.boolean().optional(),
      default_queue_policy: queuePolicy.optional(),
    })
    .optional(),
  parameters: z.record(z.string(), z.strictObject({ string_value: z.string() })).optional(),
  model_warmup: z.array(warmup).optional(),
  default_model_filename: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*$/, 'must be the name of a file')
    .optional(),
  // Advice that changes no answer.
  optimization: z.unknown().optional(),
  response_cache: z.unknown().optional(),
})

/**
 * Checks a model configuration.
 *
 * @throws ConfigError that names the field. What would change answers and is not followed here is refused, not passed over.
 */
export function checkConfig(where: string, value: unknown): ModelConfig {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new ConfigError({
    where: `${where}: ${issue?.path.join('.') || 'configuration'}`,
    expected: issue?.message ?? 'must be a model configuration',
    hint: 'These fields of Triton are followed: platform, backend, version_policy, max_batch_size, input, output, instance_group (CPU), dynamic_batching, parameters, model_warmup, default_model_filename.',
  })
}
