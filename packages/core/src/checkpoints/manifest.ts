import { anyNumber } from '@ashlar/plugins'
import { z } from 'zod'
import type { TrainingProgress } from '../training/resume.ts'

/** Where an experiment's run folder has its checkpoints. */
export const CHECKPOINTS_FOLDER = 'checkpoints'

/** Any number; older checkpoints have null for those that JSON does not know. */
const number = anyNumber.nullable().transform((value) => value ?? Number.NaN)

const epoch = z.object({
  epoch: z.int(),
  metrics: z.record(z.string(), number),
  learningRate: anyNumber,
  seconds: z.number(),
})

const progress = z.object({
  run: z.object({
    engine: z.string(),
    seed: z.int(),
    batchSize: z.int(),
    samples: z.int(),
    shuffle: z.boolean(),
    accumulate: z.int(),
    data: z.string().optional(),
  }),
  step: z.int(),
  epoch: z.int(),
  batch: z.int(),
  optimizer: z.object({ steps: z.int(), updates: z.int(), gathered: z.int() }),
  learningRateFactor: z.number(),
  seconds: z.number(),
  planned: z.int().optional(),
  earlier: z.array(z.object({ epochs: z.int(), steps: z.int() })).optional(),
  epochs: z.array(epoch),
  callbacks: z.record(z.string(), z.unknown()),
  stopped: z.string().optional(),
  changed: z.record(z.string(), z.union([anyNumber, z.boolean(), z.string()])).optional(),
})

/** The file of a checkpoint that is written last: what the others must be, and the run's progress. */
export interface Manifest {
  readonly format: 'ashlar-checkpoint'
  readonly version: 1
  readonly files: readonly {
    readonly name: string
    readonly bytes: number
    /** 64 hexadecimal digits. */
    readonly sha256: string
  }[]
  readonly progress: TrainingProgress
}

/** Checks a {@link Manifest}. */
export const manifestSchema: z.ZodType<Manifest> = z.object({
  format: z.literal('ashlar-checkpoint'),
  version: z.literal(1),
  files: z
    .array(
      z.object({
        // Files lie beside their manifest.
        name: z.string().regex(/^[A-Za-z0-9][\w.-]*$/),
        bytes: z.int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .length(1),
  progress,
})
