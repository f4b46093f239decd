import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import util from 'node:util'
import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { type LocateOptions, locateBinding } from '../binding/locate.ts'
import { LAYOUT } from '../cache/folders.ts'
import { reasonOf } from '../effects/reason.ts'
import { loadCommonJs } from './common-js.ts'
import type { RawBinding, TfjsNode } from './tfjs-node.ts'

/** TensorFlow native, loaded. */
export interface Tensorflow {
  /** Version of TensorFlow's libraries. */
  readonly version: string
  /** The `.node` file. */
  readonly path: string
  /** Root of the @tensorflow/tfjs-node that is loaded. */
  readonly packageFolder: string
  readonly tfjsNode: TfjsNode
  readonly binding: RawBinding
}

/** Functions of `node:util` that tfjs-node calls and that Node 23 took away. */
const REMOVED_FROM_UTIL = {
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  isArray: Array.isArray,
}

let loaded: Promise<Loaded> | undefined

interface Loaded extends Tensorflow {
  readonly createBackend: () => tf.KernelBackend
}

/**
 * Loads TensorFlow native into this process and registers the tfjs backend `tensorflow`. The current backend stays what it is;
 * `tf.setBackend('tensorflow')` changes it. Loads once, whatever is asked later.
 *
 * @throws EngineError when it is not installed, or does not load.
 * @example
 * await loadTensorflow()
 * await tf.setBackend('tensorflow')
 */
export async function loadTensorflow(options: LocateOptions = {}): Promise<Tensorflow> {
  const tensorflow = await loadOnce(options)
  register(options)
  return tensorflow
}

/**
 * Registers the tfjs backend `tensorflow` where TensorFlow native is installed, and loads it only when the backend is set: an
 * export is then verified by it.
 *
 * @returns whether it is installed.
 */
export async function offerTensorflow(options: LocateOptions = {}): Promise<boolean> {
  const { binding } = await locateBinding(options)
  if (binding === undefined) return false
  register(options)
  return true
}

/** Behind tfjs's own backends in priority: it is the current one only when somebody sets it. */
const PRIORITY = 0

function register(options: LocateOptions): void {
  if (tf.findBackendFactory('tensorflow') !== null) return
  const create = async () => (await loadOnce(options)).createBackend()
  tf.registerBackend('tensorflow', create, PRIORITY)
}

function loadOnce(options: LocateOptions): Promise<Loaded> {
  loaded ??= load(options).catch((error) => {
    // It may be installed in the meantime.
    loaded = undefined
    throw error
  })
  return loaded
}

async function load(options: LocateOptions): Promise<Loaded> {
  const { binding, entry } = await locateBinding(options)
  if (binding === undefined) {
    throw new EngineError({
      where: 'tensorflow',
      expected:
        entry.state === 'unusable'
          ? `what is installed cannot be used: ${entry.problem}`
          : 'TensorFlow native must be installed',
      hint: 'Run: ashlar native install. Everything else works without it.',
    })
  }
  // Read once, when its library starts; whoever wants its notes sets it first.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  const require = createRequire(import.meta.url)
  try {
    const quiet = join(dirname(binding.path), basename(LAYOUT.quiet))
    if (existsSync(quiet)) require(quiet)
    const raw = require(binding.path) as RawBinding
    let createBackend: Loaded['createBackend'] | undefined
    const tfjsNode = loadCommonJs(
      join(binding.packageFolder, 'dist/index.js'),
      {
        util: { ...util, ...REMOVED_FROM_UTIL },
        '@mapbox/node-pre-gyp': { find: () => binding.path },
        '@tensorflow/tfjs': withoutSideEffects({ ...tf }, (create) => {
          createBackend = create
        }),
      },
      dependenciesOf(require),
    ) as TfjsNode
    if (createBackend === undefined) throw new Error('it offers no backend')
    return {
      ...{ version: raw.TF_Version, path: binding.path, packageFolder: binding.packageFolder },
      ...{ tfjsNode, binding: raw, createBackend },
    }
  } catch (cause) {
    throw new EngineError({
      where: 'tensorflow',
      expected: `the native binding ${binding.path} must load (${reasonOf(cause)})`,
      hint: 'Install it again: ashlar native install --force.',
      cause,
    })
  }
}

/** What tfjs-node depends on is a dependency of this package or of tfjs. */
function dependenciesOf(require: NodeJS.Require): (name: string) => unknown {
  const ofTfjs = createRequire(require.resolve('@tensorflow/tfjs'))
  return (name) => (name.startsWith('@tensorflow/') ? ofTfjs : require)(name)
}

/** tfjs as it is, but that its backend is left to us, as is whether every `fit` prints a progress bar. */
function withoutSideEffects(
  tfjs: object,
  onBackend: (create: () => tf.KernelBackend) => void,
): object {
  const registerBackend = (_name: string, create: () => tf.KernelBackend) => onBackend(create)
  return Object.create(tfjs, {
    registerBackend: { value: registerBackend, enumerable: true },
    setBackend: { value: () => true, enumerable: true },
    registerCallbackConstructor: { value: () => undefined, enumerable: true },
  })
}
