import { ConfigError } from '@ashlar/errors'
import { buildGraph, serialize } from './file/build.ts'
import { LAYOUT_KEY } from './inspect/inspect.ts'
import { type Exportable, openSource } from './source/open.ts'

/** The operator set of such files. */
const OPSET = 17

/**
 * A model as an ONNX file that is to be trained on: batch norms stay what they are, and nothing is held against the model. Files for others are made by `exportOnnx`.
 *
 * @throws ExportError when the model has no meaning in ONNX.
 * @throws ConfigError for a plain function, whose inputs nobody knows.
 */
export async function unfoldedOnnx(model: Exportable): Promise<Uint8Array> {
  if (typeof model === 'function') {
    throw new ConfigError({
      where: 'unfoldedOnnx',
      expected: 'must be a Model, or a tfjs LayersModel or GraphModel',
      given: model,
    })
  }
  const source = openSource(model)
  const built = await buildGraph(source, OPSET, 'nhwc', { fold: false })
  const metadata = { [LAYOUT_KEY]: 'nhwc' }
  return serialize(built, { opset: OPSET, name: source.name, metadata })
}
