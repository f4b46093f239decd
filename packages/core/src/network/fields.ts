import * as tf from '@tensorflow/tfjs'
import { isContainer } from './children.ts'

/** An object that is reached through fields, and what it holds. */
export interface Held {
  /** Keys from the root down, joined with dots. */
  readonly path: string
  readonly object: object
  /** Whether it has fields, rather than being a list, a map or a set. */
  readonly isFields: boolean
  /** Names of what it holds; of a Map its keys, of a Set places. */
  readonly keys: readonly string[]
  /** What it holds, in step with `keys`. */
  readonly values: readonly unknown[]
}

/** What tfjs keeps in each layer for itself, or has no use for once it is built: names, the layers around it, shapes. */
const BOOKKEEPING = new Set([
  ...['id', 'name', 'inboundNodes', 'outboundNodes', 'inputSpec', 'stateSpec', 'batchInputShape'],
  ...['_addedWeightNames', '_built', '_callHook', '_refCount', '_updates', 'initialWeights'],
  ...['fastWeightInitDuringBuild', 'keptStates'],
])

/** More numbers than this in one typed array are data, of which only another array is noticed. */
const LARGEST_ARRAY = 4096

/** So many objects are gone through. Whoever holds more in a model holds data. */
const MOST_OBJECTS = 50_000

/**
 * Goes through objects and all that they hold in own, enumerable fields: arrays, plain objects, maps, sets, layers, other objects. What is private (`#field`), what
 * functions close over and what a getter makes up cannot be seen.
 *
 * @param enters whether to go into an object as well; tensors, functions and what belongs to the system are never entered.
 */
export function* heldBy(
  root: object,
  path: string,
  enters: (value: object) => boolean = () => true,
): Generator<Held> {
  const seen = new Set<object>([root])
  const queue: (readonly [string, object])[] = [[path, root]]
  for (let next = 0; next < queue.length; next++) {
    const [at, object] = queue[next]!
    const held = contents(object, at)
    yield held
    for (const [index, value] of held.values.entries()) {
      if (seen.size > MOST_OBJECTS) break
      if (!isEntered(value) || seen.has(value) || !enters(value)) continue
      seen.add(value)
      queue.push([join(at, held.keys[index]!), value])
    }
  }
}

/** tf.Variables that a layer holds in fields of its own, nested as may be, under their paths; not those of layers inside, nor weights. */
export function variablesIn(layer: tf.layers.Layer): (readonly [string, tf.Variable])[] {
  const isOurs = (value: object) =>
    !(value instanceof tf.layers.Layer) && !(value instanceof tf.LayerVariable)
  const found: (readonly [string, tf.Variable])[] = []
  for (const { path, keys, values } of heldBy(layer, '', isOurs)) {
    for (const [index, value] of values.entries()) {
      if (value instanceof tf.Variable) found.push([join(path, keys[index]!), value])
    }
  }
  return found
}

/** What an object holds now. */
export function contents(object: object, path: string): Held {
  if (object instanceof Map) {
    const entries = [...(object as Map<unknown, unknown>)]
    return {
      ...{ path, object, isFields: false },
      keys: entries.map(([key]) => String(key)),
      values: entries.map(([, value]) => value),
    }
  }
  if (object instanceof Set) return listed(object, path, [...(object as Set<unknown>)])
  if (Array.isArray(object)) return listed(object, path, object as unknown[])
  if (ArrayBuffer.isView(object)) {
    const numbers = object as unknown as ArrayLike<number>
    return listed(object, path, numbers.length > LARGEST_ARRAY ? [] : Array.from(numbers))
  }
  const keys = keysOf(object)
  const values = keys.map((key) => (object as Record<string, unknown>)[key])
  return { path, object, isFields: true, keys, values }
}

function listed(object: object, path: string, values: readonly unknown[]): Held {
  const keys = values.map((_, index) => String(index))
  return { path, object, isFields: false, keys, values: [...values] }
}

/** Names of the fields that count. */
export function keysOf(object: object): string[] {
  // What else it has never changes, and its numbers are state.
  if (object instanceof tf.LayerVariable) return ['trainable_', 'val']
  return Object.keys(object).filter((key) => isSeen(object, key))
}

/** A network of tfjs is its layers and its flags: all else in it is how they hang together. */
function isSeen(object: object, key: string): boolean {
  if (object instanceof tf.layers.Layer && (BOOKKEEPING.has(key) || key.endsWith('Initializer'))) {
    return false
  }
  const { get, value } = Object.getOwnPropertyDescriptor(object, key)!
  if (get !== undefined) return false
  return !isContainer(object) || key === 'layers' || typeof value !== 'object'
}

function isEntered(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof tf.Tensor || value instanceof tf.SymbolicTensor) return false
  return !isOfTheSystem(value)
}

/** Streams, timers, promises and the like have fields that are nobody's business. */
function isOfTheSystem(value: object): boolean {
  return (
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof WeakRef ||
    value instanceof AbortSignal ||
    value instanceof EventTarget ||
    typeof (value as { emit?: unknown }).emit === 'function'
  )
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
