import { DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { activationClasses } from './activations.ts'
import { Arithmetic } from './arithmetic.ts'
import { MultiHeadAttention } from './attention.ts'
import { isJson, type Json } from './config.ts'
import * as layers from './layers.ts'
import { topologyOf } from './topology.ts'
import { assignWeights } from './weights.ts'

/** What a model.json holds, read. */
export interface Keras3Artifacts {
  /** The file, for messages. */
  readonly where: string
  readonly topology: Json
  readonly specs: readonly tf.io.WeightsManifestEntry[]
  readonly data: ArrayBuffer
}

/** Words that only Keras 3 writes: shapes of inputs, policies of element types, tensors as arguments. */
const MARKS = /"batch_shape":|"class_name":"DTypePolicy"|"class_name":"__keras_tensor__"/

/** Whether a file's topology was written by Keras 3, or its weights are named as in .keras files. */
export function isKeras3(
  topology: unknown,
  specs: readonly { readonly name: string }[],
): topology is Json {
  if (!isJson(topology)) return false
  return (
    /^3\./.test(String(topology.keras_version)) ||
    specs.some(({ name }) => /\/vars\/\d+$/.test(name)) ||
    MARKS.test(JSON.stringify(topology))
  )
}

type FromConfig = (
  cls: unknown,
  config: object,
  customObjects: object,
  fastWeightInit: boolean,
) => tf.LayersModel

/**
 * The model of a Keras 3 file that tensorflowjs_converter made. Its layers become those of tfjs with the same numbers, and layers of Ashlar's where tfjs has none.
 *
 * @throws DataError for layers, arguments and functions that neither has, and for weights that do not fit.
 */
export function loadKeras3({ where, topology, specs, data }: Keras3Artifacts): tf.LayersModel {
  registerLayers()
  const described = isJson(topology.model_config) ? topology.model_config : topology
  checkMasks(JSON.stringify(described), where)
  const { className, config } = topologyOf(described, where)
  if (className !== 'Functional' && className !== 'Sequential') {
    throw new DataError({
      where,
      expected: 'the model must be Sequential or functional',
      given: className,
      hint: 'A subclassed model holds no layers that could be read: save it as a SavedModel, or build it functionally.',
    })
  }
  const [type, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[className]!
  // Zeros for now: the file's numbers come into their place.
  const model = (fromConfig as unknown as FromConfig)(type, config, {}, true)
  const named = specs.map((spec, index) => ({ ...spec, name: String(index) }))
  const tensors = tf.io.decodeWeights(data, named)
  try {
    if (specs.length > 0) {
      const stored = specs.map(({ name }, index) => ({ name, tensor: tensors[index]! }))
      assignWeights(model, described, { stored, where })
    }
  } finally {
    tf.dispose(tensors)
  }
  return model
}

/** What Keras does with masked steps of sequences in both directions, tfjs does not. */
function checkMasks(text: string, where: string): void {
  const hasMasks = /"class_name":"Masking"|"mask_zero":true/.test(text)
  if (!hasMasks || !text.includes('"zero_output_for_mask":true')) return
  throw new DataError({
    where,
    expected:
      'masked steps must not come out of a recurrent layer as zeros (`zero_output_for_mask`, which Bidirectional sets for sequences)',
    hint: 'TensorFlow.js repeats the step before in their place. Convert the model to a SavedModel instead.',
  })
}

/** Makes layers known to tfjs, where nobody has registered another one of the name. */
function registerLayers(): void {
  const { classNameMap } = tf.serialization.SerializationMap.getMap()
  for (const each of [
    ...Object.values(layers),
    ...activationClasses,
    Arithmetic,
    MultiHeadAttention,
  ]) {
    if (!(each.className in classNameMap)) tf.serialization.registerClass(each as never)
  }
}
