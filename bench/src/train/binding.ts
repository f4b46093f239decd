import { join } from 'node:path'
import type { LocateOptions } from '@ashlar/native'

/**
 * Where to look for the native binding of tfjs-node.
 *
 * @param folder a project with a working @tensorflow/tfjs-node; empty for what `ashlar native install` has put into the cache.
 */
export function bindingOptions(folder: string | undefined): LocateOptions {
  return folder === undefined || folder === '' ? {} : { from: [join(folder, 'package.json')] }
}
