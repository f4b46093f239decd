import { asModel, type Model, provenanceOf, type Summary } from '@ashlar/core'
import {
  applyOverrides,
  buildFor,
  buildForShape,
  checkOutput,
  designExperiment,
  openRun,
  readDescription,
} from '@ashlar/experiment'
import { loadOnnx } from '@ashlar/import'
import {
  openContainer,
  type Reference,
  type ReferenceInput,
  resolveReference,
} from '@ashlar/plugins'
import type { Output } from '../terminal/output.ts'
import { lookedAt, noticeAsked } from './looked-at.ts'
import { builtInPlugins } from './registry.ts'
import { resolveTarget, type TargetOptions } from './target.ts'

/** Shape of a sample where no dataset says it: MNIST's. */
const DEFAULT_INPUT = [28, 28, 1]

/** What to do about a shape that does not fit. */
const OTHER_SHAPE = 'Say another shape of one sample: --input 32,32,3.'

/** Plugins whose products are models. */
const KINDS = ['model', 'block'] as const

/** What is to be summarized. */
export interface SummaryRequest extends TargetOptions {
  /** A model or block plugin, an ONNX file, or an experiment. */
  readonly target: string
  /** Shape of one sample. */
  readonly input: readonly number[] | undefined
}

/** Shows what a model consists of. */
export async function summarizeTarget(request: SummaryRequest, output: Output): Promise<void> {
  if (/\.onnx$/i.test(request.target)) return summarizeFile(request, output)
  if (await showStored(request, output)) return
  const { model, reference, input } = await createModel(request)
  const summary = model.summary(input && [null, ...input])
  output.line(String(summary))
  const { notes } = provenanceOf(model)
  for (const note of notes) output.line(note)
  output.result({ ...asJson(reference, summary), ...(notes.length > 0 && { notes }) })
}

/** Shows the network of an ONNX file: its layers, and the nodes that it can be cut at. */
async function summarizeFile({ target, input }: SummaryRequest, output: Output): Promise<void> {
  const model = await loadOnnx(target)
  const shape = input && [null, ...input]
  const summary = model.summary(shape)
  const cuts = model.cuts(shape)
  output.line(String(summary))
  for (const note of model.notes) output.line(note)
  output.line('\nIt can be cut behind any layer, and at these nodes (index, name, value, shape):')
  for (const { index, name, op, value, shape: own } of cuts) {
    const sizes = own.map((size) => size ?? '?').join(', ')
    output.line(`${String(index).padStart(5)}  ${name} (${op})  ${value}  [${sizes}]`)
  }
  output.result({ ...asJson({ name: 'onnx', path: target }, summary), cuts, notes: model.notes })
}

/** Shows a model whose code nobody has trusted as its run describes it; false where it is to be made. */
async function showStored(
  { target, input, overrides, trust }: SummaryRequest,
  output: Output,
): Promise<boolean> {
  const looked = await lookedAt({ path: target, overrides, trust, parts: MODEL_PARTS })
  // Another shape, or other options, are another model.
  if (looked === undefined || input !== undefined || overrides?.length) return false
  const description = await readDescription(await openRun(target))
  if (description === undefined) return false
  const { model: summary } = description
  noticeAsked(target, looked.asked, output)
  output.line(String(summary))
  output.result(asJson(looked.experiment.model, summary))
  return true
}

/** What a model is made from. */
const MODEL_PARTS = ['model', 'dataset', 'loss', 'metrics']

async function createModel({ target, input, ...options }: SummaryRequest): Promise<{
  model: Model
  reference: Reference
  /** Undefined for a model that is built, with several inputs. */
  input: readonly number[] | undefined
}> {
  const registry = builtInPlugins()
  const kind = KINDS.find((each) => registry.has(each, target))
  if (kind !== undefined) {
    const given = applyOverrides(
      { name: target },
      options.overrides ?? [],
      kind,
    ) as unknown as ReferenceInput
    const reference = resolveReference(registry, kind, given, kind)
    const container = openContainer(registry, { seed: 0, folder: process.cwd() })
    const model = asModel(container.create(kind, reference, kind))
    const shape = input ?? DEFAULT_INPUT
    buildForShape(model, shape, OTHER_SHAPE)
    return { model, reference, input: shape }
  }
  const chosen = { ...options, parts: MODEL_PARTS }
  const { experiment, registry: own } = await resolveTarget(target, chosen, {
    kind: 'model, block or experiment',
    names: KINDS.flatMap((each) => registry.names(each)),
  })
  const { seed, folder } = experiment
  const container = openContainer(own, { seed, folder })
  const { dataset, heads, model } = designExperiment(experiment, { registry: own, container })
  // What a training would refuse is refused here as well; a shape of one's own is another model.
  if (input === undefined) {
    buildFor(model, dataset.info, seed)
    checkOutput(model, heads, dataset.info)
  } else buildForShape(model, input, OTHER_SHAPE)
  const { inputs, inputShape } = dataset.info
  const shape = inputs === undefined ? inputShape : undefined
  return { model, reference: experiment.model, input: input ?? shape }
}

/** `toString` is for people. Shapes have `null` for the batch. */
function asJson(reference: Reference, { toString: _, ...summary }: Summary): object {
  const { name, ...options } = reference
  return { name, options, ...summary }
}
