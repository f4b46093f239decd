import { join, resolve } from 'node:path'
import envPaths from 'env-paths'
import { type BindingTarget, targetKey } from './target.ts'

/**
 * The folder that bindings are kept in: `native` in `$ASHLAR_HOME`, or in the platform's cache folder
 * (`$XDG_CACHE_HOME/ashlar` or `~/.cache/ashlar` on Linux). It is outside node_modules and survives reinstalls.
 *
 * @param home stands in for `$ASHLAR_HOME`.
 */
export function nativeFolder(home: string | undefined = process.env.ASHLAR_HOME): string {
  return join(home ? resolve(home) : envPaths('ashlar', { suffix: '' }).cache, 'native')
}

/** The folder of one target's binding; it is there whole or not at all. */
export function entryFolder(target: BindingTarget, home?: string): string {
  return join(nativeFolder(home), targetKey(target))
}

/** The lock that installs and removals of an entry take. */
export function lockFile(entry: string): string {
  return `${entry}.lock`
}

/** Where things lie in an entry; as in @tensorflow/tfjs-node's own package, whose prebuilt binding looks for `../../deps/lib`. */
export const LAYOUT = {
  manifest: 'manifest.json',
  /** The JavaScript and the C++ sources of @tensorflow/tfjs-node. */
  package: 'package',
  binding: 'lib/napi-v8/tfjs_binding.node',
  /** Loaded before the binding, where it is there. */
  quiet: 'lib/napi-v8/quiet.node',
  libraries: 'deps/lib',
} as const
