import * as tf from '@tensorflow/tfjs'

/** A sublayer and where it was found. */
export interface Sublayer {
  /** Fields from the model down to the layer, joined with dots: `blocks.0.conv1`. */
  readonly path: string
  /** What the layer around it calls it: `conv1`; `blocks.0` where that is a list. */
  readonly name: string
  readonly layer: tf.layers.Layer
  /** Number of layers around it; 0 for a field of the model itself. */
  readonly depth: number
}

/** A layer that answers for its children itself instead of having its fields read. */
export interface HasChildren {
  children(): Iterable<readonly [name: string, layer: tf.layers.Layer]>
}

/**
 * The layers directly inside `layer`, by field name, in the order of assignment.
 *
 * Arrays and plain objects of layers are entered: `blocks.0`, `heads.left`. Sequential and functional tfjs models answer
 * with their layers. A layer that is assigned twice counts once, under its first name.
 */
export function childrenOf(layer: tf.layers.Layer): ReadonlyMap<tf.layers.Layer, string> {
  const found = new Map<tf.layers.Layer, string>()
  const add = (name: string, child: tf.layers.Layer) => {
    if (child !== layer && !found.has(child)) found.set(child, name)
  }
  if (hasChildren(layer)) for (const [name, child] of layer.children()) add(name, child)
  else if (isContainer(layer)) for (const [name, child] of containerLayers(layer)) add(name, child)
  else for (const key of Object.keys(layer)) visit(layer[key as keyof typeof layer], key, add)
  return found
}

/** Every layer inside `root`, depth first; each once, at its first place. */
export function sublayers(root: tf.layers.Layer): Sublayer[] {
  const found: Sublayer[] = []
  const seen = new Set<tf.layers.Layer>([root])
  const enter = (parent: tf.layers.Layer, prefix: string, depth: number) => {
    for (const [layer, name] of childrenOf(parent)) {
      if (seen.has(layer)) continue
      seen.add(layer)
      const path = join(prefix, name)
      found.push({ path, name, layer, depth })
      enter(layer, path, depth + 1)
    }
  }
  enter(root, '', 0)
  return found
}

/** Joins two parts of a path; either may be empty. */
export function join(prefix: string, name: string): string {
  return prefix === '' || name === '' ? prefix + name : `${prefix}.${name}`
}

/** A Sequential or functional tfjs model. */
export function isContainer(layer: unknown): layer is tf.LayersModel {
  return layer instanceof tf.LayersModel
}

/** A name that says what the layer is, where tfjs made one up: `dense_Dense7` becomes `dense`. */
export function plainName(layer: tf.layers.Layer): string {
  const className = layer.getClassName()
  const made = layer.name.match(/^(.+)_([A-Za-z0-9]+?)\d+$/)
  return made?.[2] === className ? made[1]! : layer.name
}

function hasChildren(layer: object): layer is HasChildren {
  return 'children' in layer && typeof layer.children === 'function'
}

function* containerLayers(container: tf.LayersModel): Generator<[string, tf.layers.Layer]> {
  const used = new Map<string, number>()
  for (const layer of container.layers) {
    // An input has neither weights nor work.
    if (layer.getClassName() === 'InputLayer') continue
    const name = plainName(layer)
    const count = used.get(name) ?? 0
    used.set(name, count + 1)
    yield [count === 0 ? name : `${name}_${count}`, layer]
  }
}

/** Goes into lists and plain objects. It is called for every field of every layer, most of which hold nothing: names are made of what is found alone. */
function visit(
  value: unknown,
  name: string,
  add: (name: string, layer: tf.layers.Layer) => void,
  around: readonly unknown[] = [],
): void {
  if (!isObject(value)) return
  if (value instanceof tf.layers.Layer) {
    add(name, value)
    return
  }
  const isList = Array.isArray(value)
  if ((!isList && !isPlain(value)) || around.includes(value)) return
  const entries: Iterable<readonly [string | number, unknown]> = isList
    ? (value as readonly unknown[]).entries()
    : Object.entries(value)
  let inside: readonly unknown[] | undefined
  for (const [key, each] of entries) {
    if (!isObject(each)) continue
    inside ??= [...around, value]
    visit(each, `${name}.${key}`, add, inside)
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
