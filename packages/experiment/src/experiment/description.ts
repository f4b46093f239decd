import type {
  Dataset,
  DatasetInfo,
  DatasetSamples,
  Encodings,
  Engine,
  Field,
  Model,
  Samples,
} from '@ashlar/core'
import {
  fieldsOf,
  formatSummary,
  imageEncodingOf,
  inputEncoding,
  type LayerGraph,
  layerGraph,
  loadSamples,
  outputEncoding,
  outputEncodingOf,
  readLabels,
  type Summary,
  textFormat,
  tokenEncoding,
} from '@ashlar/core'
import { AshlarError } from '@ashlar/errors'
import { z } from 'zod'
import {
  type EvaluationReport,
  evaluationReports,
  type OutputReports,
} from '../evaluation/report.ts'
import { readText } from '../runs/read-text.ts'
import { type RunFolder, runFiles } from '../runs/run-folder.ts'
import { type ShownSamples, writeShownSamples } from '../runs/shown-samples.ts'
import { storedNumber } from '../runs/stored-number.ts'
import { ONLY_INPUT, onlyInputOf, requireTrainedClasses } from './as-trained.ts'
import type { ExperimentParts } from './build.ts'
import { type Judged, showMistakes } from './show-samples.ts'

/**
 * What a run says of its data and its model besides numbers: enough to show and serve it without a line of the code that it was made with.
 * `description.json` holds it.
 */
export interface RunDescription {
  readonly data: DatasetInfo
  readonly model: Summary
  /** Undefined for a model that cannot be captured. */
  readonly graph?: LayerGraph | undefined
  /** How raw data became samples when it was trained, and what its outputs mean; undefined for runs of older versions. */
  readonly encodings?: Encodings | undefined
  /** On the test split. */
  readonly evaluation?: EvaluationReport | undefined
  /** The same for every output, of a model that names them; `evaluation` is that of the first. */
  readonly outputs?: Readonly<Record<string, EvaluationReport>> | undefined
}

const shape = z.array(z.int().nonnegative().nullable())
const count = z.number().nonnegative()

/** JSON has no infinite numbers. */
const range = z
  .tuple([z.number().nullable(), z.number().nullable()])
  .transform(([low, high]): [number, number] => [
    low ?? Number.NEGATIVE_INFINITY,
    high ?? Number.POSITIVE_INFINITY,
  ])

const field = z.object({
  shape: z.array(z.int().positive()),
  dtype: z.enum(['uint8', 'int32', 'float32', 'bool']),
  range: range.optional(),
  classes: z.array(z.string()).optional(),
  multiLabel: z.literal(true).optional(),
  ignoreIndex: z.int().optional(),
  targets: z.array(z.string()).optional(),
})

const data: z.ZodType<DatasetInfo> = z.object({
  name: z.string(),
  inputShape: z.array(z.int().positive()),
  labelShape: z.array(z.int().positive()),
  inputDtype: z.enum(['uint8', 'float32']),
  inputRange: range,
  classes: z.array(z.string()),
  multiLabel: z.literal(true).optional(),
  ignoreIndex: z.int().optional(),
  inputs: z.record(z.string(), field).optional(),
  outputs: z.record(z.string(), field).optional(),
  targetScale: z
    .object({
      mean: z.array(z.number()).min(1),
      std: z.array(z.number().positive()).min(1),
    })
    .optional(),
  licence: z.string(),
  source: z.string(),
})

const model = z
  .object({
    model: z.string(),
    inputShape: shape,
    outputShape: shape,
    inputs: z.record(z.string(), shape).optional(),
    outputs: z.record(z.string(), shape).optional(),
    layers: z.array(
      z.object({
        path: z.string(),
        name: z.string(),
        type: z.string(),
        depth: z.int().min(0).max(100),
        outputShape: shape.optional(),
        calls: z.int().nonnegative(),
        parameters: count,
        flops: count.optional(),
      }),
    ),
    parameters: z.object({ total: count, trainable: count, nonTrainable: count }),
    flops: count.optional(),
  })
  .transform((given): Summary => {
    const summary = given as Omit<Summary, 'toString'>
    return { ...summary, toString: () => formatSummary(summary) }
  })

const place = z.int().nonnegative()

const graph = z
  .object({
    nodes: z.array(
      z.object({
        id: place,
        kind: z.enum(['input', 'layer', 'operation', 'output']),
        name: z.string(),
        type: z.string(),
        shape,
        group: place.optional(),
      }),
    ),
    edges: z.array(z.object({ from: place, to: place })),
    groups: z.array(
      z.object({ id: place, name: z.string(), type: z.string(), group: place.optional() }),
    ),
  })
  .transform((given) => given as LayerGraph)
  .refine(isWhole, 'every place must be one of the graph, and a group lie in one before it')

const mean = z.object({ precision: storedNumber, recall: storedNumber, f1: storedNumber })

const evaluation: z.ZodType<EvaluationReport> = z.discriminatedUnion('task', [
  z
    .object({
      task: z.literal('classification'),
      samples: place,
      accuracy: storedNumber,
      topK: z.record(z.string(), storedNumber),
      perClass: z.array(mean.extend({ name: z.string(), support: storedNumber })),
      macro: mean,
      weighted: mean,
      confusion: z.array(z.array(storedNumber)),
      calibrationError: storedNumber,
      calibration: z.array(
        z.object({
          from: storedNumber,
          to: storedNumber,
          samples: place,
          confidence: storedNumber,
          accuracy: storedNumber,
        }),
      ),
    })
    .refine(
      ({ confusion, perClass }) =>
        confusion.length === perClass.length &&
        confusion.every((row) => row.length === perClass.length),
      'there must be a row and a column for each class',
    ),
  z.object({
    task: z.literal('regression'),
    samples: place,
    meanAbsoluteError: storedNumber,
    rootMeanSquaredError: storedNumber,
    r2: storedNumber,
  }),
  z.object({
    task: z.literal('multi-label'),
    samples: place,
    accuracy: storedNumber,
    exactMatch: storedNumber,
    perClass: z.array(mean.extend({ name: z.string(), support: storedNumber })),
    macro: mean,
    micro: mean,
  }),
])

const schema = z.object({
  version: z.literal(1),
  data,
  model,
  graph: graph.optional(),
  encodings: z
    .object({
      input: inputEncoding.optional(),
      output: outputEncoding.optional(),
      tokens: tokenEncoding.optional(),
      inputs: z.record(z.string(), inputEncoding).optional(),
      outputs: z.record(z.string(), outputEncoding).optional(),
      format: textFormat.optional(),
    })
    .optional(),
  evaluation: evaluation.optional(),
  outputs: z.record(z.string(), evaluation).optional(),
})

/** Writes what a trained run says of itself, and adds to what is shown of its data. */
export async function describeRun(
  run: RunFolder,
  parts: Pick<ExperimentParts, 'model' | 'dataset' | 'engine' | 'heads'>,
  samples: Pick<DatasetSamples, 'input' | 'inputs'> & { readonly test: Samples | undefined },
  shown?: ShownSamples,
): Promise<void> {
  const { model, dataset, engine } = parts
  const { test } = samples
  const { toString: _, ...summary } = model.summary()
  const judged = test && (await judge(model, dataset, test, engine))
  await run.writeJson(runFiles.description, {
    version: 1,
    data: dataOf(dataset.info, samples),
    model: summary,
    graph: layerGraph(model),
    encodings: encodingsOf(parts, samples),
    ...judged?.reports,
  })
  if (shown === undefined || judged === undefined) return
  await writeShownSamples(run, await showMistakes(shown, test!, judged))
}

/** What is known of the data, with what was fitted to the rows that were trained on: those of a fold are not all. */
function dataOf(
  info: DatasetInfo,
  { input, inputs = {} }: Pick<DatasetSamples, 'input' | 'inputs'>,
): DatasetInfo {
  const fields = Object.entries(info.inputs ?? {}).map(([name, field]): [string, Field] => {
    const encoding = inputs[name] ?? field.encoding
    return [name, { ...field, ...(encoding && { encoding }) }]
  })
  return {
    ...info,
    ...(info.input && input && { input }),
    ...(info.inputs && { inputs: Object.fromEntries(fields) }),
  }
}

/** How raw data becomes samples, and what a model makes of them. */
export function encodingsOf(
  { model, dataset, heads }: Pick<ExperimentParts, 'model' | 'dataset' | 'heads'>,
  { input, inputs: seen }: Pick<DatasetSamples, 'input' | 'inputs'>,
): Encodings {
  const [head] = heads
  const { inputs, multiLabel, labelShape, classes, tokens, format } = dataset.info
  // What takes raw data knows of one input and one output.
  const isPlain = head !== undefined && head.name === undefined && inputs === undefined
  const isOneAnswer = isAnswer({ classes, multiLabel, shape: labelShape })
  return {
    ...(isPlain && { input }),
    ...(head !== undefined &&
      head.name === undefined &&
      isOneAnswer && { output: outputEncodingOf(model, head.loss, dataset.info) }),
    ...(tokens && { tokens }),
    ...(format && { format }),
    ...(!isPlain && encodingsByName({ model, dataset, heads }, { input, inputs: seen })),
  }
}

/** Whether an output says one thing of a sample, and not one of each of its places. */
function isAnswer({
  classes = [],
  multiLabel,
  shape,
}: Pick<Field, 'classes' | 'multiLabel' | 'shape'>): boolean {
  if (classes.length === 0) return true
  return shape.length === (multiLabel ? 1 : 0)
}

/** Of a model of several inputs or outputs, by their names; an only input is called as files call it. */
function encodingsByName(
  { model, dataset: { info }, heads }: Pick<ExperimentParts, 'model' | 'dataset' | 'heads'>,
  { input, inputs: seen }: Pick<DatasetSamples, 'input' | 'inputs'>,
): Encodings {
  const fields = fieldsOf(info)
  const inputs = fields.inputs.flatMap(({ name, shape, dtype, encoding, scaling }) => {
    const bytes = imageEncodingOf({ inputShape: shape, inputDtype: dtype })
    const made = (name === undefined ? input : (seen?.[name] ?? encoding)) ?? bytes
    if (made === undefined) return []
    const scaled = made.kind === 'image' && scaling ? { ...made, ...scaling } : made
    return [[name ?? ONLY_INPUT, scaled] as const]
  })
  const outputs = heads.flatMap(({ name, loss }) => {
    const field = fields.outputs.find((each) => each.name === name)
    if (name === undefined || field === undefined || !isAnswer(field)) return []
    return [[name, outputEncodingOf(model, loss, info, name)] as const]
  })
  return {
    ...(inputs.length > 0 && { inputs: Object.fromEntries(inputs) }),
    ...(outputs.length > 0 && { outputs: Object.fromEntries(outputs) }),
  }
}

/** The samples of a run's dataset, made as its model has seen them: nothing is fitted to them anew. */
export async function loadAsTrained(run: RunFolder, dataset: Dataset): Promise<DatasetSamples> {
  const description = await readDescription(run)
  if (description !== undefined) requireTrainedClasses(dataset.info, description.data)
  const encodings = description?.encodings
  const isOnly = dataset.info.inputs === undefined
  return loadSamples(dataset, {
    input: isOnly ? onlyInputOf(encodings) : encodings?.input,
    inputs: encodings?.inputs,
  })
}

/** What a model makes of the test split: labels that cannot be read all together, and reports where it cannot be judged by them, are left out. A trained run is no failure for that. */
async function judge(
  model: Model,
  { info }: Dataset,
  test: Samples,
  engine: Engine,
): Promise<Judged & { readonly reports?: OutputReports | undefined }> {
  const predictions = await model.predict(test, { engine })
  let labels: Judged['labels']
  try {
    labels = await readLabels(test)
    return { predictions, labels, reports: evaluationReports({ labels }, predictions, info) }
  } catch (error) {
    if (error instanceof AshlarError) return { predictions, labels }
    throw error
  }
}

/**
 * What a run says of itself; undefined for one that does not: it is from an older version, or did not get as far. It may come from anybody: what is
 * no description counts as none.
 */
export async function readDescription(run: RunFolder): Promise<RunDescription | undefined> {
  try {
    return schema.parse(JSON.parse(await readText(run.file(runFiles.description))))
  } catch {
    return undefined
  }
}

function isWhole({ nodes, edges, groups }: LayerGraph): boolean {
  return (
    nodes.every(({ id, group }, i) => id === i && (group === undefined || group < groups.length)) &&
    edges.every(({ from, to }) => from < nodes.length && to < nodes.length) &&
    groups.every(({ id, group }, i) => id === i && (group === undefined || group < i))
  )
}
