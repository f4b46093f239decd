import { DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { isDescribed, isJson, type Json, snakeCase } from './config.ts'

/** A weight of the model, and what it may be called in the file. */
interface Slot {
  readonly weight: tf.LayerVariable
  /** As .keras files lay them out: `sequential/dense_1/vars/0`. */
  readonly path: string
  /** Names of models around it, which a file may leave out. */
  readonly around: readonly string[]
  /** The layer's name, those of its parts, and the weight's: `dense`, `kernel`. */
  readonly names: readonly string[]
}

/** The numbers of one weight in a file. */
export interface Stored {
  readonly name: string
  readonly tensor: tf.Tensor
}

/** What a file holds beside the weights: the optimizer's state, that of random numbers and metrics, and how many samples moments were found on. */
const BESIDE =
  /^(optimizer|metrics|compile_metrics|_?loss_tracker)\/|(^|\/)_?seed_generator\w*\/|\/seed_generator_state$|(^|\/)normalization\w*\/(count|vars\/2)$/

/**
 * Gives a model the weights of a Keras 3 file. The converter names them as Keras's files lay them out, which is by classes (`layers/dense_1/vars/0`) in
 * .keras files, and by the names of layers (`model/dense/kernel`) in .h5 files.
 *
 * @param described the model's description in the file.
 * @throws DataError for weights that are missing, left over, or of another shape.
 */
export function assignWeights(
  model: tf.LayersModel,
  described: unknown,
  { stored, where }: { readonly stored: readonly Stored[]; readonly where: string },
): void {
  const free = new Set(slotsOf(model, described as Json, { path: [], around: [] }))
  const left: string[] = []
  const pairs = new Map<Slot, tf.Tensor>()
  for (const { name, tensor } of stored) {
    if (BESIDE.test(name)) continue
    const slot = find(name, free)
    if (slot === undefined) {
      left.push(name)
      continue
    }
    free.delete(slot)
    const shape = slot.weight.shape
    if (shape.join() !== tensor.shape.join()) {
      throw new DataError({
        where: `${where}: ${name}`,
        expected: `the weight must be [${shape.join(', ')}], as the layer ${slot.names.at(0)} has it`,
        given: `[${tensor.shape.join(', ')}]`,
      })
    }
    pairs.set(slot, tensor)
  }
  // A layer in several models is in a file once, and several layers in tfjs.
  for (const slot of free) {
    const same = [...pairs.keys()].find((other) => isSame(slot, other))
    if (same === undefined) continue
    pairs.set(slot, pairs.get(same)!)
    free.delete(slot)
  }
  if (left.length > 0 || free.size > 0) {
    const missing = [...free].map(({ around, names }) => [...around, ...names].join('/'))
    throw new DataError({
      where,
      expected: 'the weights must be those of the layers',
      given: {
        ...(missing.length > 0 && { missing: missing.slice(0, 5) }),
        ...(left.length > 0 && { leftOver: left.slice(0, 5) }),
      },
    })
  }
  tf.tidy(() => {
    // `write` would apply the constraint, which is for training.
    for (const [{ weight }, tensor] of pairs) {
      const variable = weight.read() as tf.Variable
      variable.assign(tf.cast(tensor, weight.dtype))
    }
  })
}

function isSame(slot: Slot, other: Slot): boolean {
  const isNamedSo = slot.names.join('/') === other.names.join('/')
  const innermost = ({ around }: Slot) => around.at(-1)
  return (
    isNamedSo &&
    innermost(slot) === innermost(other) &&
    slot.weight.shape.join() === other.weight.shape.join()
  )
}

/** The weight that is meant: the one with most of the names around it, the first of equals. */
function find(name: string, free: ReadonlySet<Slot>): Slot | undefined {
  if (/(^|\/)vars\/\d+$/.test(name)) {
    const path = plainPath(name)
    return [...free].find((slot) => slot.path === path)
  }
  const tokens = name.split('/')
  let best: Slot | undefined
  let most = -1
  for (const slot of free) {
    const known = matched(tokens, slot)
    if (known > most) [best, most] = [slot, known]
  }
  return best
}

/** How many of the names around a weight stand in its name in the file; below zero where its own do not. */
function matched(tokens: readonly string[], { around, names }: Slot): number {
  // A layer's name may hold slashes.
  const own = names.join('/').split('/')
  let at = tokens.length - 1
  for (const part of [...own].reverse()) {
    while (at >= 0 && tokens[at] !== part && at < tokens.length - 1) at--
    if (at < 0 || tokens[at] !== part) return -1
    at--
  }
  const rest = tokens.slice(0, at + 1)
  return around.filter((each) => rest.includes(each)).length
}

function plainPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== 'layers' && part !== '_layer_checkpoint_dependencies')
    .map((part) => part.replace(/^_+/, ''))
    .join('/')
}

interface Place {
  readonly path: readonly string[]
  readonly around: readonly string[]
}

/** The weights of a model's layers, in the order in which .h5 files have them: by the names of layers. */
function slotsOf(model: tf.LayersModel, described: Json, { path, around }: Place): Slot[] {
  const counts = new Map<string, number>()
  const slots = (described.config as Json).layers as Json[]
  return slots
    .flatMap((each) => {
      const config = each.config as Json
      const name = String(each.name ?? config.name)
      // Functions are no layers to Keras.
      if (Object.keys(config).every((key) => key === 'name')) return []
      const base = snakeCase(groupClass(each))
      const count = counts.get(base) ?? 0
      counts.set(base, count + 1)
      const group = count === 0 ? base : `${base}_${count}`
      const layer = model.layers.find((candidate) => candidate.name === name)
      if (layer === undefined) return []
      return [{ name, slots: layerSlots(layer, each, { path: [...path, group], around }) }]
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .flatMap(({ slots: own }) => own)
}

function groupClass({ class_name: name, config }: Json): string {
  const isFunctional = name !== 'Sequential' && Array.isArray((config as Json).layers)
  return isFunctional && name === 'Model' ? 'Functional' : String(name)
}

/** What tfjs keeps to itself of layers that are made of others. */
interface Parts {
  readonly layer?: tf.layers.Layer
  readonly forwardLayer?: tf.layers.Layer
  readonly backwardLayer?: tf.layers.Layer
  readonly cell?: tf.layers.Layer
  readonly cells?: readonly tf.layers.Layer[]
}

function layerSlots(
  layer: tf.layers.Layer,
  described: Json,
  place: Place,
  names: readonly string[] = [],
): Slot[] {
  const config = described.config as Json
  const own = [...names, String(described.name ?? config.name)]
  if (layer instanceof tf.LayersModel) {
    return slotsOf(layer, described, { path: place.path, around: [...place.around, ...own] })
  }
  const inside = (...path: string[]): Place => ({ ...place, path: [...place.path, ...path] })
  const { layer: inner, forwardLayer, backwardLayer, cell, cells } = layer as Parts
  if (forwardLayer !== undefined && backwardLayer !== undefined) {
    const forward = describedPart(config.layer)
    const name = String(forward.config.name)
    const back = isDescribed(config.backward_layer)
      ? config.backward_layer
      : { ...forward, config: { ...forward.config, name: name.replace(/^forward_/, 'backward_') } }
    return [
      ...layerSlots(forwardLayer, forward as never, inside('forward_layer'), own),
      ...layerSlots(backwardLayer, back as never, inside('backward_layer'), own),
    ]
  }
  if (inner !== undefined)
    return layerSlots(inner, describedPart(config.layer) as never, inside('layer'), own)
  if (cells !== undefined) {
    const all = config.cells as Json[]
    const groups = numbered(all.map((each) => snakeCase(String(each.class_name))))
    return cells.flatMap((each, index) =>
      layerSlots(each, all[index]!, inside('cells', groups[index]!), own),
    )
  }
  if (cell !== undefined) {
    if (isDescribed(config.cell)) return layerSlots(cell, config.cell as never, inside('cell'), own)
    return ownSlots(cell, inside('cell'), own)
  }
  return ownSlots(layer, place, own)
}

function describedPart(value: unknown): { class_name: string; config: Json } {
  return isDescribed(value) ? value : { class_name: '', config: isJson(value) ? value : {} }
}

/** Weights by parts (`query/kernel`) are each in a group of their own in a .keras file. */
const PARTS: Readonly<Record<string, string>> = { attention_output: 'output_dense' }

function ownSlots(
  layer: tf.layers.Layer,
  { path, around }: Place,
  names: readonly string[],
): Slot[] {
  const counts = new Map<string, number>()
  return layer.weights.map((weight) => {
    const parts = weightParts(layer, weight)
    const group = parts.slice(0, -1).map((part) => PARTS[part] ?? `${part}_dense`)
    const at = [...path, ...group].join('/')
    const index = counts.get(at) ?? 0
    counts.set(at, index + 1)
    return { weight, path: `${at}/vars/${index}`, around, names: [...names, ...parts] }
  })
}

function weightParts(layer: tf.layers.Layer, { originalName }: tf.LayerVariable): string[] {
  const tokens = originalName.split('/')
  if (layer.getClassName() === 'Keras3MultiHeadAttention') return tokens.slice(-2)
  const name = tokens.at(-1)!
  // Keras 3 calls it as it calls other kernels.
  return [
    layer.getClassName() === 'DepthwiseConv2D' && name === 'depthwise_kernel' ? 'kernel' : name,
  ]
}

function numbered(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  return names.map((name) => {
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    return count === 0 ? name : `${name}_${count}`
  })
}
