import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import util from 'node:util'
import { EngineError } from '@ashlar/errors'
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
  readonly tfjsNode: TfjsNode
  readonly binding: RawBinding
}

/** Functions of `node:util` that tfjs-node calls and that Node 23 took away. */
const REMOVED_FROM_UTIL = {
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  isArray: Array.isArray,
}

let loaded: Promise<Tensorflow> | undefined

/**
 * Loads TensorFlow native into this process and registers the tfjs backend `tensorflow`. The current backend stays what it is;
 * `tf.setBackend('tensorflow')` changes it. Loads once, whatever is asked later.
 *
 * @throws EngineError when it is not installed, or does not load.
 * @example
 * await loadTensorflow()
 * await tf.setBackend('tensorflow')
 */
export function loadTensorflow(options: LocateOptions = {}): Promise<Tensorflow> {
  loaded ??= load(options).catch((error) => {
    // It may be installed in the meantime.
    loaded = undefined
    throw error
  })
  return loaded
}

async function load(options: LocateOptions): Promise<Tensorflow> {
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
    const tfjsNode = loadCommonJs(
      join(binding.packageFolder, 'dist/index.js'),
      {
        util: { ...util, ...REMOVED_FROM_UTIL },
        '@mapbox/node-pre-gyp': { find: () => binding.path },
        '@tensorflow/tfjs': withoutSideEffects(require('@tensorflow/tfjs')),
      },
      dependenciesOf(require),
    ) as TfjsNode
    return { version: raw.TF_Version, path: binding.path, tfjsNode, binding: raw }
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

/** tfjs as it is, but that it cannot be told to change its backend, or to print a progress bar with every `fit`. */
function withoutSideEffects(tf: object): object {
  return Object.create(tf, {
    setBackend: { value: () => true, enumerable: true },
    registerCallbackConstructor: { value: () => undefined, enumerable: true },
  })
}
