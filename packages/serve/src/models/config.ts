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

/** Bounds of what a configuration may ask for: a slip of the finger in one must not take the machine. */
export const bounds = {
  /** Samples in one run. */
  maxBatch: 65_536,
  /** Sessions of a model, each with a process of its own. */
  instances: 64,
  /** Threads of one session. */
  threads: 256,
  /** Requests that wait. */
  queue: 1_000_000,
  /** Runs of one sample that warms a model up. */
  warmUps: 1000,
  /** How long a request may wait for others, in milliseconds. */
  delayMs: 3_600_000,
} as const

function count(low: number, high: number): z.ZodType<number> {
  const expected = `must be a whole number from ${low} to ${high}`
  return z.int(expected).min(low, expected).max(high, expected)
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
  max_queue_size: count(0, bounds.queue).optional(),
  timeout_action: z.enum(['REJECT']).optional(),
  default_timeout_microseconds: z.int().min(0).optional(),
  allow_timeout_override: z.boolean().optional(),
})

const warmup: z.ZodType<WarmUpConfig> = z.strictObject({
  name: z.string(),
  batch_size: count(0, bounds.maxBatch).optional(),
  count: count(0, bounds.warmUps).optional(),
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

/** The parameter of onnxruntime in Triton that is followed; 0 leaves the choice to the server. */
const THREADS = 'intra_op_thread_count'

function own(parameters: ModelConfig['parameters'], name: string): string | undefined {
  const has = parameters !== undefined && Object.hasOwn(parameters, name)
  return has ? parameters[name]?.string_value : undefined
}

/** Threads of one session that a configuration asks for; `undefined` when it leaves that open. */
export function threadCount({ parameters }: ModelConfig): number | undefined {
  return Number(own(parameters, THREADS) ?? 0) || undefined
}

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
  max_batch_size: count(0, bounds.maxBatch).optional(),
  input: z.array(tensorConfig).optional(),
  output: z.array(tensorConfig).optional(),
  instance_group: z
    .array(
      z.strictObject({
        name: z.string().optional(),
        kind: z.literal(['KIND_CPU', 'KIND_AUTO']).optional(),
        count: count(0, bounds.instances).optional(),
      }),
    )
    .refine(
      (groups) => groups.reduce((sum, group) => sum + (group.count ?? 0), 0) <= bounds.instances,
      `must ask for at most ${bounds.instances} instances in all`,
    )
    .optional(),
  dynamic_batching: z
    .strictObject({
      preferred_batch_size: z.array(z.int().min(1)).optional(),
      max_queue_delay_microseconds: count(0, bounds.delayMs * 1000).optional(),
      preserve_ordering: z.boolean().optional(),
      default_queue_policy: queuePolicy.optional(),
    })
    .optional(),
  parameters: z
    .record(z.string(), z.strictObject({ string_value: z.string() }))
    .superRefine((parameters, context) => {
      const text = own(parameters, THREADS)
      if (text === undefined || (/^\d{1,9}$/.test(text) && Number(text) <= bounds.threads)) return
      const message = `must be a whole number from 0 to ${bounds.threads}`
      context.addIssue({ code: 'custom', path: [THREADS], message, input: text })
    })
    .optional(),
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
