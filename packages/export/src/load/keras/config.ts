import { DataError } from '@ashlar/errors'
import { activationName } from './activations.ts'

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>

/** What a Keras file holds of an object: of a layer, an initializer, a regularizer. */
export interface Described {
  readonly class_name: string
  readonly config: Json
}

export function isJson(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

export function isDescribed(value: unknown): value is Described {
  return isJson(value) && typeof value.class_name === 'string' && isJson(value.config)
}

/** What Keras 3 writes beside the settings of a layer, and what of them says nothing about its numbers. */
const LEFT = new Set([
  'module',
  'registered_name',
  'build_config',
  'compile_config',
  'shared_object_id',
  'quantization_config',
  'synchronized',
  'sparse',
  'ragged',
  'optional',
  'seed',
  'lora_rank',
  'lora_alpha',
  'use_cudnn',
  'activity_regularizer',
])

/** Names that tfjs spells in another way. */
const CLASSES: Readonly<Record<string, string>> = {
  LecunNormal: 'LeCunNormal',
  LecunUniform: 'LeCunUniform',
  OrthogonalInitializer: 'Orthogonal',
  IdentityInitializer: 'Identity',
}

/** What tfjs computes in. Weights are float32 under the mixed policies too. */
const DTYPES: Readonly<Record<string, string>> = {
  float32: 'float32',
  mixed_float16: 'float32',
  mixed_bfloat16: 'float32',
  int32: 'int32',
  int64: 'int32',
  uint8: 'int32',
  bool: 'bool',
}

/** The element type that a Keras file gives, as a name or as a policy. */
export function dtypeOf(value: unknown, where: string): string {
  const name = isDescribed(value) ? value.config.name : value
  const dtype = DTYPES[String(name ?? 'float32')]
  if (dtype !== undefined) return dtype
  throw new DataError({
    where,
    expected: `the element type must be ${Object.keys(DTYPES).join(', ')}`,
    given: name,
    hint: 'TensorFlow.js computes in float32 alone.',
  })
}

/** The settings of a layer or of what it is made with, as tfjs has them: without what it does not know, in camel case. */
export function settingsOf(config: Json, where: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
      if (LEFT.has(key)) return []
      if (key === 'dtype') return [[key, dtypeOf(value, where)]]
      if (key.endsWith('activation')) return [[camelCase(key), activationOf(value)]]
      if (key === 'batch_shape') return [['batchInputShape', value]]
      return [[camelCase(key), key === 'name' ? value : settingOf(value, where)]]
    }),
  )
}

function settingOf(value: unknown, where: string): unknown {
  if (typeof value === 'string') return camelCase(value)
  if (Array.isArray(value)) return value.map((each) => settingOf(each, where))
  if (!isJson(value)) return value
  if (!isDescribed(value)) return settingsOf(value, where)
  const { class_name: name, config } = value
  // One class for both in tfjs.
  if (name === 'L1' || name === 'L2') {
    return { className: 'L1L2', config: { l1: config.l1 ?? 0, l2: config.l2 ?? 0 } }
  }
  return { className: CLASSES[name] ?? name, config: settingsOf(config, where) }
}

/** An activation by name, or described as a function of that name. */
function activationOf(value: unknown): unknown {
  if (isJson(value)) {
    const { class_name: name, config } = value
    return activationOf(name === 'function' ? config : name)
  }
  return typeof value === 'string' ? camelCase(activationName(value)) : value
}

/** As tfjs makes its names from Python's. */
export function camelCase(name: string): string {
  return name.length < 2
    ? name
    : name.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase())
}

/** As Keras makes the names of groups in its files from classes. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
