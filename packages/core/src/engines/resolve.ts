import { ConfigError, unknownName } from '@ashlar/errors'
import type { Engine } from './engine.ts'
import { onnxruntimeEngine } from './onnxruntime.ts'
import { tfjsEngine } from './tfjs.ts'

const named: Readonly<Record<string, () => Engine>> = {
  onnxruntime: onnxruntimeEngine,
  tfjs: tfjsEngine,
}

/**
 * An engine by name, or as it is; `onnxruntime` when nothing is asked for.
 *
 * @throws ConfigError for an unknown name.
 */
export function resolveEngine(engine: Engine | string = 'onnxruntime'): Engine {
  if (typeof engine !== 'string') return engine
  const create = Object.hasOwn(named, engine) ? named[engine] : undefined
  if (create === undefined) {
    throw new ConfigError(unknownName('engine', 'engine', engine, Object.keys(named)))
  }
  return create()
}
