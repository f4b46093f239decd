import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  captureTrainingStep,
  columnsOf,
  encodeSafetensors,
  feedOf,
  fieldsOf,
  type Model,
  rangeOfField,
  readSamples,
  type Samples,
  type StoredTensor,
  type TrainingStep,
  type TrainingStepOptions,
} from '@ashlar/core'
import { AshlarError, ConfigError, DataError, ExportError } from '@ashlar/errors'
import { type Graph, ir, writeOnnx } from '@ashlar/graph'

/** How a training step becomes files. */
export interface WriteTrainingStepOptions extends TrainingStepOptions {
  /** Samples that go along, to train on; default 50 batches, or as many as there are. */
  readonly sampleCount?: number | undefined
  /** Files of onnxruntime-web, which are copied beside `train.html`; without them there is no page. */
  readonly web?: readonly string[] | undefined
  /** What the files say of themselves besides. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** A training step that was written. */
export interface WrittenTrainingStep {
  /** Absolute. */
  readonly folder: string
  readonly files: readonly string[]
  readonly batchSize: number
  readonly partSize: number
  /** Numbers in the state. */
  readonly numbers: number
  readonly nodes: number
}

/** The key under which the files describe themselves, as JSON: the text of `training.json`. */
export const TRAINING_KEY = 'ashlar.training'

/** From `src` as well as from `dist`: they run as they are. */
const PROGRAMS = fileURLToPath(new URL('../../programs/', import.meta.url))

const PLAIN = ['training.mjs', 'train.mjs', 'training.py', 'train.py']
const WEB = ['train.html', 'train-page.mjs']
const SPLIT = ['train_ddp.py']

const BATCHES = 50

/**
 * Writes the training step of a model as files of standard ONNX, its state, samples to train on, and small programs that go on with it in Python, in Node and in a browser.
 *
 * @param model compiled; its weights are the state to begin with, and the optimizer begins anew.
 * @param folder is made; one that is there must be empty, or hold a training step that was written before.
 * @throws ConfigError for a folder that holds other things, and for options or samples that do not fit.
 * @throws ExportError for a step that has no meaning in standard ONNX. Nothing is written then.
 */
export async function writeTrainingStep(
  model: Model,
  samples: Samples,
  folder: string,
  options: WriteTrainingStepOptions = {},
): Promise<WrittenTrainingStep> {
  const path = resolve(folder)
  await refuseOthers(path)
  const step = await captured(model, samples, options)
  const { opset = 17, web = [] } = options
  const description = describe(step, samples)
  const metadata = { ...options.metadata, [TRAINING_KEY]: JSON.stringify(description) }
  const onnx = (graph: Graph, name: string) => writeOnnx(graph, { opset, name, metadata })
  const { train, evaluate, gradients, update, state } = step
  const files = new Map<string, Uint8Array | string>([
    ['train.onnx', onnx(train, 'train')],
    ['eval.onnx', onnx(evaluate, 'evaluate')],
    ...(gradients ? [['gradients.onnx', onnx(gradients, 'gradients')] as const] : []),
    ...(update ? [['update.onnx', onnx(update, 'update')] as const] : []),
    ['state.safetensors', encodeSafetensors({ tensors: state, metadata: { step: '0' } })],
    ['data.safetensors', await dataOf(samples, options.sampleCount ?? BATCHES * step.batchSize)],
    ['training.json', `${JSON.stringify(description, null, 2)}\n`],
  ])
  const programs = [...PLAIN, ...(web.length > 0 ? WEB : []), ...(gradients ? SPLIT : [])]
  for (const name of programs) files.set(name, await readFile(join(PROGRAMS, name)))
  await put(path, files, web)
  return {
    folder: path,
    files: [...files.keys(), ...web.map((file) => `ort/${basename(file)}`)],
    batchSize: step.batchSize,
    partSize: step.partSize,
    numbers: [...state.values()].reduce((sum, { data }) => sum + data.length, 0),
    nodes: ir.allNodes(train).length,
  }
}

async function captured(
  model: Model,
  samples: Samples,
  options: WriteTrainingStepOptions,
): Promise<TrainingStep> {
  try {
    const step = await captureTrainingStep(model, samples, options)
    refuseOwnOperators(step)
    return step
  } catch (error) {
    if (!(error instanceof AshlarError) || error.code !== 'ENGINE') throw error
    throw new ExportError({
      where: 'training step',
      expected: 'the step must have a meaning in standard ONNX',
      hint: error.message,
      cause: error,
    })
  }
}

/** Whatever runs ONNX must be able to run it. */
function refuseOwnOperators({ train, evaluate, gradients, update }: TrainingStep): void {
  const graphs = [train, evaluate, gradients, update].filter((each) => each !== undefined)
  const own = graphs.flatMap((graph) => ir.allNodes(graph)).find(({ domain }) => domain !== '')
  if (own === undefined) return
  throw new ExportError({
    where: `training step at ${own.scope}`,
    expected: 'the step must be made of standard operators alone',
    given: `${own.domain}.${own.op}`,
  })
}

/** What `training.json` says, and the metadata of each file. */
function describe(step: TrainingStep, samples: Samples): object {
  const ports = (graph: Graph | undefined) =>
    graph && {
      inputs: Object.fromEntries(graph.inputs.map(({ name, value }) => [name, port(value)])),
      outputs: Object.fromEntries(
        graph.outputs.map(({ name, value, state }) => [state ? `next.${name}` : name, port(value)]),
      ),
    }
  const { train, evaluate, gradients, update, batchSize, partSize, learningRates } = step
  return {
    version: 1,
    batchSize,
    partSize,
    learningRates,
    state: [...step.state.keys()],
    ranges: byteRanges(samples),
    graphs: {
      'train.onnx': ports(train),
      'eval.onnx': ports(evaluate),
      'gradients.onnx': ports(gradients),
      'update.onnx': ports(update),
    },
  }
}

/** What the bytes of inputs are scaled from, within the step. */
function byteRanges({ info }: Samples): Record<string, readonly [number, number]> {
  const bytes = fieldsOf(info).inputs.filter(({ dtype }) => dtype === 'uint8')
  return Object.fromEntries(
    bytes.map((field) => [feedOf('inputs', field.name), rangeOfField(field)]),
  )
}

function port({ shape, dtype }: ir.Value): { shape: readonly number[]; dtype: string } {
  return { shape: shape.map(Number), dtype }
}

/** Samples as the step is fed with them, by the names of its inputs. */
async function dataOf(samples: Samples, count: number): Promise<Uint8Array> {
  const length = Math.min(count, samples.length)
  const rows = Uint32Array.from({ length }, (_, row) => Math.floor((row * samples.length) / length))
  const columns = columnsOf(await readSamples(samples, rows), samples.info)
  const tensors = columns.map(({ feed, data, shape }) => [feed, stored(data, [length, ...shape])])
  return encodeSafetensors({
    tensors: new Map(tensors as [string, StoredTensor][]),
    metadata: {},
  })
}

function stored(data: StoredTensor['data'], shape: readonly number[]): StoredTensor {
  const dtype = data instanceof Float32Array ? 'F32' : data instanceof Int32Array ? 'I32' : 'U8'
  return { dtype, shape, data }
}

/** What a folder of a training step may hold, with what Python leaves beside its programs: such a folder is replaced as a whole. */
const OWN: ReadonlySet<string> = new Set([
  ...['train.onnx', 'eval.onnx', 'gradients.onnx', 'update.onnx'],
  ...['state.safetensors', 'data.safetensors', 'training.json'],
  ...PLAIN,
  ...WEB,
  ...SPLIT,
  ...['ort', '__pycache__'],
])

async function refuseOthers(path: string): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw unwritable(path, error)
  })
  const strange = names.filter((name) => !OWN.has(name))
  if (strange.length === 0) return
  throw new ConfigError({
    where: path,
    expected: 'the folder of a training step must be empty, new, or hold one and nothing else',
    given: strange.slice(0, 5),
    hint: 'What is in it would be lost: move it away, or choose another folder.',
  })
}

/** Written beside, then put in the folder's place: it is complete or as it was. */
async function put(
  path: string,
  files: ReadonlyMap<string, Uint8Array | string>,
  web: readonly string[],
): Promise<void> {
  const beside = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  const old = `${beside}.old`
  try {
    await mkdir(web.length > 0 ? join(beside, 'ort') : beside, { recursive: true })
    for (const [name, content] of files) await writeFile(join(beside, name), content)
    for (const file of web) await copyFile(file, join(beside, 'ort', basename(file)))
    const isThere = await rename(path, old).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false
        throw error
      },
    )
    await rename(beside, path).catch(async (error: Error) => {
      if (isThere) await rename(old, path)
      throw error
    })
    if (isThere) await rm(old, { recursive: true, force: true })
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw unwritable(path, error as Error)
  }
}

function unwritable(path: string, cause: Error): DataError {
  return new DataError({
    where: path,
    expected: 'the folder must be writable',
    given: cause.message,
    cause,
  })
}
