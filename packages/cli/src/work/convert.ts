import { mkdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import { importModule, locateModule } from '@ashlar/experiment'
import {
  exportOnnx,
  type ImageLayout,
  loadTfjsModel,
  type Reduction,
  registerCustomLayers,
} from '@ashlar/export'
import { isSavedModel, loadSavedModel } from '@ashlar/native'
import { formatBytes, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { readCalibration } from './calibration.ts'
import { readInputShapes } from './input-shapes.ts'
import { type ReductionRequest, reducedName, reductionOf, writeReduced } from './reduce.ts'
import { describeFile, describeVerification } from './verification.ts'

/** What to convert, and how. */
export interface ConvertRequest {
  /** A model.json, or its folder, or the folder of a SavedModel; an ONNX file, which is made smaller. */
  readonly model: string
  /** The file to write; by default named by the folder of the model, in the working folder. */
  readonly file: string | undefined
  readonly layout: ImageLayout | undefined
  readonly opset: number | undefined
  /** `name=1,?,?,3` or `name=2:int32`; see `readInputShapes`. */
  readonly inputs: readonly string[]
  /** Which signature of a SavedModel; by default `serving_default` or the only one. */
  readonly signature: string | undefined
  /** Packages and paths of modules with custom layers. */
  readonly plugins: readonly string[]
  /** A smaller file besides. */
  readonly reduction?: ReductionRequest | undefined
  /** A safetensors file of inputs by name. */
  readonly calibration?: string | undefined
}

/**
 * Converts a saved model of TensorFlow.js or TensorFlow to ONNX, verified, or makes an ONNX file smaller.
 *
 * @throws DataError when the model cannot be read.
 * @throws ExportError when it has no meaning in ONNX, or the file does not equal it.
 */
export async function convertModel(request: ConvertRequest, output: Output): Promise<void> {
  const { file, layout, opset, plugins, reduction = {} } = request
  const to = reductionOf(reduction)
  const calibration = await readCalibration(request.calibration, to)
  if (isOnnx(request.model)) {
    const path = resolve(file ?? reducedName(basename(request.model), checkSmaller(request, to)))
    await mkdir(dirname(path), { recursive: true })
    const from = resolve(request.model)
    const smaller = await writeReduced({ ...reduction, to: to!, from, path, calibration }, output)
    output.result({ path, reduced: smaller })
    return
  }
  const inputs = request.inputs.length === 0 ? undefined : readInputShapes(request.inputs)
  for (const plugin of plugins) {
    registerCustomLayers(await importModule(locateModule(plugin, resolve('.'))))
  }
  const model = await loadModel(request)
  try {
    const name = nameOf(request.model)
    const path = resolve(file ?? `${name}.onnx`)
    await mkdir(dirname(path), { recursive: true })
    const { report } = await exportOnnx(model, { name, path, inputs, layout, opset })
    const { bytes, dataBytes = 0 } = report.file
    const facts = [formatBytes(bytes + dataBytes), ...describeFile(report)]
    output.line(`model     ${formatPath(path)} (${facts.join(', ')})`)
    for (const line of report.file.sizes ?? []) output.line(`sizes     ${line}`)
    for (const line of describeVerification(report.verification)) output.line(`verified  ${line}`)
    const reduced =
      to &&
      (await writeReduced(
        { ...reduction, to, from: path, path: reducedName(path, to), calibration },
        output,
      ))
    output.result({ path, report, ...(reduced && { reduced }) })
  } finally {
    model.dispose()
  }
}

function isOnnx(model: string): boolean {
  return /\.onnx$/i.test(model)
}

/** Of an ONNX file there is only a smaller one to be made. */
function checkSmaller(request: ConvertRequest, to: Reduction | undefined): Reduction {
  const { layout, opset, signature, inputs, plugins } = request
  const [option] = Object.entries({
    ...{ '--layout': layout, '--opset': opset, '--signature': signature },
    ...{ '--input': inputs[0], '--plugin': plugins[0] },
  }).find(([, value]) => value !== undefined) ?? [undefined]
  if (to !== undefined && option === undefined) return to
  throw new ConfigError({
    where: option ?? request.model,
    expected: 'an ONNX file is only made smaller: by --precision fp16 or --quantize',
    hint: 'Another layout or operator set is given to the export that it comes from.',
  })
}

/** A folder is a SavedModel of TensorFlow, which TensorFlow native reads, or one of TensorFlow.js. */
async function loadModel({ model, signature }: ConvertRequest) {
  if (await isSavedModel(model)) return loadSavedModel(model, { signature })
  if (signature === undefined) return loadTfjsModel(model)
  throw new ConfigError({
    where: '--signature',
    expected: 'only a SavedModel of TensorFlow has signatures',
    given: model,
  })
}

/** A model.json is named by its folder. */
function nameOf(model: string): string {
  const path = resolve(model)
  const name = basename(path, '.json')
  return name === 'model' && path.endsWith('.json') ? basename(dirname(path)) || name : name
}
