import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { encodingMetadata, readEncodings, type Samples } from '@ashlar/core'
import { ConfigError, EngineError, ExportError } from '@ashlar/errors'
import { ir } from '@ashlar/graph'
import { mismatch } from './failure.ts'
import { type BuiltGraph, buildGraph } from './file/build.ts'
import { describeLimits, limitsInWords } from './file/free-axes.ts'
import { labelOutputs, withLabelNames, withLabels } from './file/labels.ts'
import { stageFile } from './file/model-file.ts'
import { withOwnLayers } from './file/own-layers.ts'
import { BATCH_KEY, LAYOUT_KEY } from './inspect/inspect.ts'
import type { ExportReport, FileTensor } from './report.ts'
import { type Exportable, type ImageLayout, openSource } from './source/open.ts'
import { inGraph } from './source/preprocess.ts'
import type { InputSpecs } from './source/source.ts'
import { checkWeights } from './verify/non-finite.ts'
import { verify } from './verify/verify.ts'

/** The opsets that files can be written in; 17 is the default. */
export const OPSETS: readonly number[] = [13, 14, 15, 16, 17, 18, 19, 20, 21]

/** How to export. */
export interface ExportOptions {
  /** Shapes, types and names of the inputs: needed for plain functions and models that are not built. */
  readonly inputs?: InputSpecs | undefined
  /** Names the graph in the file; default: the model's own name or that of its class. */
  readonly name?: string | undefined
  /** Version of the standard operator set; default 17. */
  readonly opset?: number | undefined
  /** How images lie in inputs and outputs; default `nhwc`, as tfjs has them. */
  readonly layout?: ImageLayout | undefined
  /** The file to write. A file that is there stays untouched until the new one is verified. Left out: the bytes are only returned. */
  readonly path?: string | undefined
  /**
   * Whether the file takes raw data, the bytes of pictures or the cells of tables, and makes samples of it itself, as its metadata says; default false. With `resize`,
   * it takes pictures of any height and width, and brings them to the size that it was trained with.
   */
  readonly preprocess?: boolean | 'resize' | undefined
  /**
   * Whether the file of a grey network takes colours, red, green and blue, and mixes them to grey as the datasets do; with `preprocess` alone, as it is bytes that are mixed. Default false.
   */
  readonly colors?: boolean | undefined
  /**
   * Whether the file names classes itself: besides the numbers it gives `label` (of several outputs `NAME_label`), a string for each sample, the class of the largest number. Default false.
   */
  readonly labels?: boolean | undefined
  /** What the file says of itself. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Real samples to hold the file against the model on. */
  readonly samples?: Samples | undefined
  /** How many of the samples; default: as many as take about two seconds, at most 1,000. */
  readonly sampleCount?: number | undefined
  /** Bytes of weights from which they go into a data file beside the model; default just under 2 GiB, where protobuf ends. */
  readonly externalDataFrom?: number | undefined
}

/** An exported model. */
export interface Exported {
  /** The bytes of the model file. */
  readonly bytes: Uint8Array
  readonly report: ExportReport
}

/** What is expected where `colors` is given alone. */
export const COLORS_ALONE =
  '`colors` needs `preprocess`: colours are mixed where they are bytes, before they are scaled'

/** The key under which a file says which sizes it takes, as JSON: `{"height":{"multipleOf":64}}`. */
export const SIZES_KEY = 'ashlar.sizes'

/**
 * Exports a model or a function of tensors as standard ONNX, and proves that onnxruntime computes the same with it as TensorFlow.js does with
 * the model. There is no way to leave the proof out.
 *
 * @throws ExportError when the model has no meaning in ONNX, or the file does not equal the model; then nothing is written.
 * @throws ConfigError for options that cannot be used.
 * @example const { report } = await exportOnnx(model, { path: 'model.onnx' })
 * @example const { bytes } = await exportOnnx((x) => tf.relu(x), { inputs: { x: { shape: [null, 3] } } })
 */
export async function exportOnnx(
  model: Exportable,
  options: ExportOptions = {},
): Promise<Exported> {
  const { opset = 17, layout = 'nhwc', path, samples, sampleCount } = options
  checkOptions(opset, layout)
  if (options.colors && !options.preprocess) throw colorsAlone()
  const said = readEncodings(new Map(Object.entries(options.metadata ?? {})), 'export.metadata')
  const preprocess = options.preprocess
    ? inGraph(said, options.preprocess, options.colors)
    : undefined
  const source = openSource(model, {
    inputs: options.inputs,
    layout,
    preprocess,
    name: options.name,
  })
  checkWeights(`export of ${source.name}`, source)
  const numbers = await buildGraph(source, opset, layout)
  const labels = options.labels ? labelOutputs(numbers.graph, said) : []
  const built = withLabels(numbers, labels)
  const limits = describeLimits(built.free)
  const named = withOwnLayers(built.graph, preprocess !== undefined)
  const staged = await stageFile(
    { ...built, graph: named.graph },
    {
      opset,
      name: source.name,
      metadata: {
        ...options.metadata,
        ...named.metadata,
        ...(preprocess && encodingMetadata(preprocess)),
        ...(labels.length > 0 && encodingMetadata(withLabelNames(said, labels))),
        [LAYOUT_KEY]: layout,
        ...(limits !== undefined && { [SIZES_KEY]: limits }),
        ...(source.isBatched && haveOneBatch(built) && { [BATCH_KEY]: '0' }),
      },
      path,
      externalDataFrom: options.externalDataFrom,
    },
  )
  try {
    const where = `export of ${source.name}`
    const verification = await verify({
      file: staged,
      source: { ...source, inputs: built.inputs, longestSum: built.longestSum },
      cost: built.cost,
      memory: built.memory,
      free: built.free,
      needs: built.needs,
      labels,
      samples,
      sampleCount,
    }).catch((error) => {
      throw error instanceof EngineError ? refused(where, error) : error
    })
    if (!verification.passed) throw mismatch(where, verification, REPORT_IT)
    await staged.commit()
    return {
      bytes: staged.bytes,
      report: {
        format: 'onnx',
        model: source.name,
        file: {
          ...(path !== undefined && { path: resolve(path) }),
          bytes: staged.bytes.byteLength,
          ...(staged.dataBytes > 0 && { dataBytes: staged.dataBytes }),
          sha256: createHash('sha256').update(staged.bytes).digest('hex'),
          opset,
          layout,
          ...describeGraph(built),
          ...(limits !== undefined && { sizes: limitsInWords(built.free) }),
        },
        verification,
      },
    }
  } finally {
    await staged.discard()
  }
}

/** For a file that Ashlar made wrong. */
const REPORT_IT = "Nothing was written. Please report this, with the layer's options."

function refused(where: string, cause: EngineError): ExportError {
  return new ExportError({
    where,
    expected: 'the model and its file must run, to be held against each other',
    hint: cause.message,
    cause,
  })
}

function checkOptions(opset: number, layout: ImageLayout): void {
  if (!OPSETS.includes(opset)) {
    throw new ConfigError({
      where: 'exportOnnx',
      expected: `\`opset\` must be from ${OPSETS[0]} to ${OPSETS.at(-1)}`,
      given: opset,
    })
  }
  if (layout !== 'nhwc' && layout !== 'nchw') {
    throw new ConfigError({
      where: 'exportOnnx',
      expected: '`layout` must be nhwc or nchw',
      given: layout,
    })
  }
}

function colorsAlone(): ConfigError {
  return new ConfigError({
    where: 'exportOnnx',
    expected: COLORS_ALONE,
    hint: 'Give `preprocess: true`, or `resize`, besides.',
  })
}

/** Whether the first size of all inputs and outputs is one that varies, and the same. */
function haveOneBatch({ graph, dimName }: BuiltGraph): boolean {
  const firsts = [...graph.inputs, ...graph.outputs].map(({ value: { shape } }) => {
    const [size] = shape
    return size === undefined || typeof size === 'number' ? undefined : dimName(size)
  })
  return firsts[0] !== undefined && firsts.every((name) => name === firsts[0])
}

function describeGraph({ graph, dimName, parameters }: BuiltGraph) {
  const describe = ({ name, value }: { name: string; value: ir.Value }): FileTensor => ({
    name,
    dtype: value.dtype,
    shape: value.shape.map((size) => (typeof size === 'number' ? size : dimName(size))),
  })
  const nodes = ir.allNodes(graph)
  return {
    nodes: nodes.length,
    transposes: nodes.filter(({ op }) => op === 'Transpose').length,
    parameters,
    inputs: graph.inputs.map(describe),
    outputs: graph.outputs.map(describe),
  }
}
