import { ConfigError, closest } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { NamedTensors } from '../network/shapes.ts'

/** What `fields instanceof tf.Tensor` looks for: a model may take one tensor or several fields. It is a mistake where nothing comes of it. With a field `data` it looks on. */
const OF_TENSORS: ReadonlySet<string> = new Set(['data', 'dataSync', 'throwIfDisposed'])

/** What code asks a tensor for, and no field is called. */
const OF_ONE: ReadonlySet<string> = new Set([
  ...['shape', 'dtype', 'strides', 'dataId'],
  ...Object.getOwnPropertyNames(tf.Tensor.prototype).filter(
    (name) => name !== 'constructor' && !OF_TENSORS.has(name),
  ),
])

function oneTensor(model: string, names: readonly string[]): ConfigError {
  return new ConfigError({
    where: model,
    expected: 'the model takes one tensor, and samples must have one input without a name',
    given: names.join(', '),
    hint: 'Give the data one input, or take a model that takes fields by name: call({ image, table }).',
  })
}

/**
 * Runs a model's code on fields by name, and holds what it reads against what there is: a field that it asks for and nobody has, and one that it
 * does not look at, are mistakes that would else show as something else, or not at all.
 *
 * @param model names it in errors.
 * @throws ConfigError that names the field.
 */
export function withFieldsWatched<T>(
  model: string,
  fields: NamedTensors,
  fn: (fields: NamedTensors) => T,
): T {
  const names = Object.keys(fields)
  const read = new Set<string>()
  let asked: ConfigError | undefined
  const watched = new Proxy(fields, {
    get(target, key): tf.Tensor | undefined {
      if (typeof key === 'symbol' || key in Object.prototype) return Reflect.get(target, key)
      read.add(key)
      if (Object.hasOwn(target, key)) return target[key]
      if (OF_ONE.has(key)) {
        asked = oneTensor(model, names)
        throw asked
      }
      const near = closest(key, names)
      asked = new ConfigError({
        where: model,
        expected: `the model reads the field \`${key}\`, and samples have ${names.join(', ')}`,
        hint:
          near === undefined
            ? 'Samples of named fields reach `call` as one object: call({ image, table }).'
            : `Is it ${near}?`,
      })
      if (!OF_TENSORS.has(key)) throw asked
      read.delete(key)
      return undefined
    },
    ownKeys(target) {
      for (const name of names) read.add(name)
      return Reflect.ownKeys(target)
    },
  })
  let result: T
  try {
    result = fn(watched)
  } catch (error) {
    throw asked ?? error
  }
  const unread = names.filter((name) => !read.has(name))
  if (unread.length === 0) return result
  throw new ConfigError({
    where: model,
    expected: `samples must have no field that the model does not take: it takes ${[...read].join(', ') || 'none'}`,
    given: unread.join(', '),
    hint: 'Leave the field out of the inputs of the data, or use it in `call`.',
  })
}
