import { module, path, type Reference, type ReferenceInput, referenceTo } from '@ashlar/plugins'
import { z } from 'zod'

/** Seeds enter a graph as one int32. */
const LARGEST_SEED = 2 ** 31 - 1

const callback: z.ZodType<CallbackInput> = z
  .union([z.string().min(1), z.looseObject({ name: z.string().min(1).optional() })])
  .meta({ plugin: 'callback' })

/** A callback of an experiment: by name, with options, or with options alone where the key names it. */
export type CallbackInput = string | { name?: string | undefined; [option: string]: unknown }

/** An experiment as people write it: references may be names, and what has a default may be left out. */
export interface ExperimentInput {
  /** Names the run folder. By default the name of the file. */
  name?: string | undefined
  /** Governs initial weights, the order of samples, dropout and augmentation. 42 by default. */
  seed?: number | undefined
  /** Packages and paths of further plugins; paths begin with `./`. */
  plugins?: string[] | undefined
  /** Where relative paths start. By default the folder of the file. */
  folder?: string | undefined
  model: ReferenceInput
  /** A safetensors file of the same model to begin with, instead of random weights. */
  weights?: string | undefined
  dataset: ReferenceInput
  /** `auto` by default: what goes with the data. Of a model of several outputs, one for each by its name. */
  loss?: ReferenceInput | Readonly<Record<string, ReferenceInput>> | undefined
  /** What the loss of each output counts in the whole, by its name; 1 by default. */
  lossWeights?: Readonly<Record<string, number>> | undefined
  /** `adam` by default. Of a model with a `trainStep` of its own, several by the names that it uses them by. */
  optimizer?: ReferenceInput | Readonly<Record<string, ReferenceInput>> | undefined
  /** `auto` by default: what goes with the data. Of a model of several outputs, a list for each by its name. */
  metrics?: ReferenceInput[] | Readonly<Record<string, ReferenceInput[]>> | undefined
  /** 1 by default. */
  epochs?: number | undefined
  /** 64 by default. */
  batchSize?: number | undefined
  /** `float32`, which is all that engines have. */
  precision?: 'float32' | undefined
  /** Batches in one update, 1 by default. */
  accumulate?: number | undefined
  /** Random changes of the training samples, in this order; none by default. */
  augmentations?: ReferenceInput[] | undefined
  /** What a sample's loss counts in training, by its class; `balanced` gives every class the same say. By output where there are several. */
  classWeights?: number[] | 'balanced' | Record<string, number[] | 'balanced'> | undefined
  /** Layers that are not trained, by path: `stem`, `blocks.*`, `**.norm`. None by default. */
  freeze?: string[] | undefined
  /** Trains on all parts of the training samples but one, and validates with that one: once, or with each in turn. */
  fold?: FoldInput | undefined
  /** The first registered one by default. */
  engine?: ReferenceInput | undefined
  /** What goes along with training, in this order. A key names the plugin unless `name` does. */
  callbacks?: Record<string, CallbackInput> | undefined
  /** How the trained model is written: the first registered exporter by default. */
  export?: ReferenceInput | undefined
  /** The folder that run folders are put into, `runs` by default. */
  out?: string | undefined
  /** Files that something else makes first, and how: whoever lacks one is told. None by default. */
  needs?: NeedInput[] | undefined
}

/** A file that an experiment reads, and what makes it. */
export interface NeedInput {
  /** Where it lies, as the experiment names it elsewhere. */
  file: string
  /** What to type: `ashlar run backbone-digits --out backbone`. */
  command: string
}

/** The parts that the training samples are cut into, and which of them validates. */
export interface FoldInput {
  /** Number of parts. */
  count: number
  /** The part to validate with, 0 for the first; `all` (default) trains once for each. */
  index?: number | 'all' | undefined
  /** Whether each part has the same share of every class; true by default. */
  stratify?: boolean | undefined
}

type Defaulted =
  | 'name'
  | 'seed'
  | 'plugins'
  | 'loss'
  | 'optimizer'
  | 'metrics'
  | 'epochs'
  | 'batchSize'
  | 'accumulate'
  | 'augmentations'
  | 'freeze'
  | 'callbacks'
  | 'out'

/** An experiment whose own keys are checked; options of plugins are not. */
export type CheckedExperiment = ExperimentInput & {
  [Key in Defaulted]-?: NonNullable<ExperimentInput[Key]>
}

/** What an experiment uses if it names nothing else. */
export const defaultPlugins = {
  loss: 'auto',
  optimizer: 'adam',
} as const

function classWeights(): z.ZodUnion<readonly [z.ZodLiteral<'balanced'>, z.ZodArray<z.ZodNumber>]> {
  return z.union([z.literal('balanced'), z.array(z.number().nonnegative()).min(2)])
}

/** One for each of several, such as the outputs of a model, by its name. */
function byOutput<S extends z.ZodType>(each: S): z.ZodRecord<z.ZodString, S> {
  return z.record(z.string().min(1), each)
}

/** Checks an {@link ExperimentInput}, but for the options of plugins. */
export const experimentSchema: z.ZodType<CheckedExperiment> = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*$/, {
      error: 'must be letters, digits, dots, dashes and underscores, as it becomes a folder name',
    })
    .describe('Names the run folder. By default the name of the file.'),
  seed: z
    .int()
    .min(0)
    .max(LARGEST_SEED)
    .default(42)
    .describe('Governs initial weights, the order of samples, dropout and augmentation.'),
  plugins: z
    .array(module())
    .default([])
    .describe('Packages and paths of further plugins; paths begin with ./'),
  folder: z
    .string()
    .optional()
    .describe('Where relative paths start. By default the folder of the file.'),
  model: referenceTo('model').describe('The network.'),
  weights: path('read')
    .optional()
    .describe('A safetensors file of the same model to begin with, instead of random weights.'),
  dataset: referenceTo('dataset').describe('The data.'),
  loss: z
    .union([referenceTo('loss'), byOutput(referenceTo('loss'))])
    .default(defaultPlugins.loss)
    .describe('The loss; of several outputs, one for each by its name.'),
  lossWeights: byOutput(z.number().nonnegative())
    .optional()
    .describe('What the loss of each output counts in the whole, by its name; 1 by default.'),
  optimizer: z
    .union([referenceTo('optimizer'), byOutput(referenceTo('optimizer'))])
    .default(defaultPlugins.optimizer)
    .describe(
      'The optimizer; of a model with a `trainStep` of its own, several by the names that it uses them by.',
    ),
  metrics: z
    .union([z.array(referenceTo('metric')), byOutput(z.array(referenceTo('metric')))])
    .default(['auto'])
    .describe(
      'What is measured besides the loss; of several outputs, a list for each by its name.',
    ),
  epochs: z.int().positive().default(1).describe('Passes over the training samples.'),
  batchSize: z.int().positive().default(64).describe('Samples in one step.'),
  precision: z
    .literal('float32', {
      error:
        'must be "float32": no engine has mixed precision, as onnxruntime\'s CPU kernels and TensorFlow.js compute in float32',
    })
    .optional()
    .describe('What engines compute in: all of them in float32, none in mixed precision.'),
  accumulate: z.int().positive().default(1).describe('Batches in one update.'),
  augmentations: z
    .array(referenceTo('augmentation'))
    .default([])
    .describe('Random changes of the training samples, in this order.'),
  classWeights: z
    .union([classWeights(), byOutput(classWeights())])
    .optional()
    .describe(
      "What a sample's loss counts, by its class; `balanced` gives every class the same say. By the names of the outputs where there are several: `{ kind: balanced }`.",
    ),
  freeze: z
    .array(z.string().min(1))
    .default([])
    .describe('Layers that are not trained, by path: `stem`, `blocks.*`, `**.norm`.'),
  fold: z
    .strictObject({
      count: z.int().min(2).describe('Number of parts.'),
      index: z
        .union([z.int().nonnegative(), z.literal('all')])
        .default('all')
        .describe('The part to validate with, 0 for the first; `all` trains once for each.'),
      stratify: z
        .boolean()
        .default(true)
        .describe('Whether each part has the same share of every class.'),
    })
    .refine(({ count, index }) => index === 'all' || index < count, {
      error: '`index` must be below `count`',
    })
    .optional()
    .describe(
      'Trains on all parts of the training samples but one, and validates with that one: once, or with each in turn.',
    ),
  engine: referenceTo('engine').optional().describe('What computes.'),
  callbacks: z
    .record(z.string(), callback)
    .default({})
    .describe(
      'What goes along with training, in this order. A key names the plugin unless `name` does.',
    ),
  export: referenceTo('exporter').optional().describe('How the trained model is written.'),
  out: path('write', 'working')
    .default('runs')
    .describe('The folder that run folders are put into.'),
  needs: z
    .array(
      z.strictObject({
        file: path('read').describe('Where it lies, as the experiment names it elsewhere.'),
        command: z.string().min(1).describe('What to type.'),
      }),
    )
    .optional()
    .describe('Files that something else makes first, and how: whoever lacks one is told.'),
})

/** Which part of the training samples validates. */
export interface FoldChoice {
  readonly count: number
  /** `all`: the experiment stands for one training for each part. */
  readonly index: number | 'all'
  readonly stratify: boolean
}

/** An experiment that is complete: defaults filled in, every option checked by its plugin. Deeply frozen plain data. */
export interface Experiment {
  readonly name: string
  readonly seed: number
  readonly plugins: readonly string[]
  /** Absolute. */
  readonly folder: string
  readonly model: Reference
  readonly weights?: string
  readonly dataset: Reference
  /** By output where there are several; `isReference` tells the two apart. */
  readonly loss: Reference | Readonly<Record<string, Reference>>
  readonly lossWeights?: Readonly<Record<string, number>>
  /** By name where there are several, as losses are. */
  readonly optimizer: Reference | Readonly<Record<string, Reference>>
  readonly metrics: readonly Reference[] | Readonly<Record<string, readonly Reference[]>>
  readonly epochs: number
  readonly batchSize: number
  readonly accumulate: number
  readonly augmentations: readonly Reference[]
  readonly classWeights?:
    | readonly number[]
    | 'balanced'
    | Readonly<Record<string, readonly number[] | 'balanced'>>
  readonly freeze: readonly string[]
  readonly fold?: FoldChoice
  readonly engine: Reference
  readonly callbacks: Readonly<Record<string, Reference>>
  /** Undefined where no exporter is registered. */
  readonly export?: Reference
  readonly out: string
  readonly needs?: readonly Readonly<NeedInput>[]
}

/** Whether a loss or an optimizer is one, and not several by their names: what an output is called is no text. */
export function isReference(
  given: ReferenceInput | Readonly<Record<string, ReferenceInput>>,
): given is ReferenceInput {
  return typeof given === 'string' || typeof given.name === 'string'
}
