import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DataError, unknownName } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { reasonOf } from '../effects/reason.ts'
import { loadCommonJs } from '../load/common-js.ts'
import { loadTensorflow, type Tensorflow } from '../load/load-tensorflow.ts'
import { onTensorflow } from '../load/on-tensorflow.ts'
import { graphModelArtifacts, type Port } from './artifacts.ts'
import { checkPredictions } from './check.ts'
import { flatten } from './flatten.ts'
import { freeze, variablesOf } from './freeze.ts'
import type { MetaGraphDef, NodeDef, SignatureDef } from './graph-def.ts'
import type { Numbers } from './tensor-proto.ts'

/** The file that makes a folder a SavedModel. */
const MODEL_FILE = 'saved_model.pb'

/** Which part of a SavedModel to read. */
export interface SavedModelOptions {
  /** Default `serving_default`, or the only one that there is. */
  readonly signature?: string | undefined
  /** Default `['serve']`. */
  readonly tags?: readonly string[] | undefined
}

/** Whether a folder is a SavedModel. */
export async function isSavedModel(folder: string): Promise<boolean> {
  const found = await stat(join(folder, MODEL_FILE)).catch(() => undefined)
  return found?.isFile() ?? false
}

/**
 * Reads a SavedModel of TensorFlow 1 or 2 (or of Keras: `model.export(folder)`) as a graph-model of TensorFlow.js: functions are put in the
 * place of their calls, variables become constants, inputs and outputs are named as in the signature. `exportOnnx` takes it from there.
 * TensorFlow native reads the variables and must be installed. What is returned predicts what TensorFlow predicts of the SavedModel: that is
 * tried on made-up inputs.
 *
 * @returns a model to be disposed of by the caller.
 * @throws DataError when it is damaged, lacks what is asked for, has operations that TensorFlow.js does not know, or predicts something else.
 * @throws EngineError when TensorFlow native is not installed.
 * @example await exportOnnx(await loadSavedModel('saved_model'), { path: 'model.onnx' })
 */
export async function loadSavedModel(
  folder: string,
  options: SavedModelOptions = {},
): Promise<tf.GraphModel> {
  const { tags = ['serve'] } = options
  if (!(await isSavedModel(folder))) {
    throw new DataError({
      where: folder,
      expected: `must be a SavedModel: it has no ${MODEL_FILE}`,
    })
  }
  const tensorflow = await loadTensorflow()
  const metaGraph = await readMetaGraph(folder, tags, tensorflow)
  const { graphDef, metaInfoDef } = metaGraph
  const signature = signatureOf(folder, metaGraph, options.signature)
  const inputs = portsOf(signature.inputsMap)
  const outputs = portsOf(signature.outputsMap)
  const nodes = graphDef?.nodeList ?? []
  const functions = graphDef?.library?.functionList ?? []
  const ops = metaInfoDef?.strippedOpList?.opList ?? []
  // An input that no output depends on is still asked for, so that it stays an input.
  const wanted = [...outputs, ...inputs].map(({ tensor }) => tensor)
  const flat = flatten({ nodes, functions, ops }, wanted, folder)
  const session = tensorflow.binding.loadSavedModel(folder, tags.join(','))
  try {
    const variables = readVariables(variablesOf(flat), nodes, tensorflow, { session, folder })
    const frozen = freeze(flat, (name) => variables.get(name)!, folder)
    const results = outputs.map((port, i) => ({ ...port, tensor: flat.outputs[i]! }))
    const artifacts = graphModelArtifacts(frozen, inputs, results)
    const model = await onTensorflow(() =>
      tf.loadGraphModel({ load: () => Promise.resolve(artifacts) }),
    )
    await checkPredictions(model, { inputs, outputs, session, tensorflow, folder })
    return model
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError({
      where: folder,
      expected: `TensorFlow.js must be able to load its graph (${reasonOf(cause)})`,
      cause,
    })
  } finally {
    tensorflow.binding.deleteSavedModel(session)
  }
}

async function readMetaGraph(
  folder: string,
  tags: readonly string[],
  { packageFolder }: Tensorflow,
): Promise<MetaGraphDef> {
  const require = createRequire(import.meta.url)
  const messages = loadCommonJs(join(packageFolder, 'dist/proto/api_pb.js'), {}, require) as {
    SavedModel: {
      deserializeBinary(bytes: Uint8Array): { toObject(): { metaGraphsList: MetaGraphDef[] } }
    }
  }
  const bytes = await readFile(join(folder, MODEL_FILE))
  let graphs: readonly MetaGraphDef[]
  try {
    graphs = messages.SavedModel.deserializeBinary(bytes).toObject().metaGraphsList
  } catch (cause) {
    throw new DataError({
      where: join(folder, MODEL_FILE),
      expected: `must be a SavedModel, it may be damaged (${reasonOf(cause)})`,
      cause,
    })
  }
  const key = (list: readonly string[]) => [...list].sort().join(', ')
  const tagsOf = ({ metaInfoDef }: MetaGraphDef) => key(metaInfoDef?.tagsList ?? [])
  const found = graphs.find((graph) => tagsOf(graph) === key(tags))
  if (found !== undefined) return found
  throw new DataError(unknownName(folder, 'tags', key(tags), graphs.map(tagsOf)))
}

/** Signatures that only prepare the session. */
const INTERNAL = '__saved_model_init_op'

function signatureOf(
  folder: string,
  { signatureDefMap }: MetaGraphDef,
  wanted: string | undefined,
): SignatureDef {
  const known = signatureDefMap.filter(([name]) => name !== INTERNAL)
  const name = wanted ?? (known.length === 1 ? known[0]![0] : 'serving_default')
  const found = known.find(([each]) => each === name)?.[1]
  if (found !== undefined) return found
  const names = known.map(([each]) => each)
  throw new DataError(unknownName(folder, 'signature', name, names))
}

function portsOf(map: SignatureDef['inputsMap']): Port[] {
  return [...map]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, info]) => ({ name, tensor: info.name, info }))
}

/** Numbers of variables by their nodes' names, as TensorFlow restores them from the checkpoint. */
function readVariables(
  names: readonly string[],
  nodes: readonly NodeDef[],
  { binding }: Tensorflow,
  { session, folder }: { readonly session: number; readonly folder: string },
): ReadonlyMap<string, Numbers> {
  if (names.length === 0) return new Map()
  const reads = new Map(
    nodes.filter(({ op }) => op === 'ReadVariableOp').map((node) => [node.inputList[0], node.name]),
  )
  const handles = new Set(nodes.filter(({ op }) => op === 'VarHandleOp').map(({ name }) => name))
  const fetched = names.map((name) => {
    const read = handles.has(name) ? reads.get(name) : name
    if (read !== undefined) return read
    throw new DataError({
      where: folder,
      expected: 'every variable must be read somewhere in the main graph',
      given: name,
    })
  })
  // All at once: TensorFlow prepares its graph anew for each set that is asked for.
  const results = binding.runSavedModel(session, [], '', fetched.join(','))
  return new Map(
    results.map(({ id, shape, dtype }, i) => {
      const values = binding.tensorDataSync(id).slice()
      binding.deleteTensor(id)
      const where = `${folder}, ${names[i]}`
      return [names[i]!, { shape: [...shape], dtype: dtypeOf(values, dtype, where), values }]
    }),
  )
}

const BOOL = 10

function dtypeOf(values: ArrayLike<number>, dtype: number, where: string): Numbers['dtype'] {
  if (values instanceof Float32Array) return 'float32'
  if (values instanceof Int32Array) return 'int32'
  if (dtype === BOOL) return 'bool'
  throw new DataError({
    where,
    expected: 'variables must be float32, int32 or bool',
    given: `type ${dtype} of TensorFlow`,
  })
}
