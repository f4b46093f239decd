import { join, resolve } from 'node:path'
import envPaths from 'env-paths'

/**
 * The folder that downloads are kept in: `$ASHLAR_HOME`, or the platform's cache folder
 * (`$XDG_CACHE_HOME/ashlar` or `~/.cache/ashlar` on Linux), and in it `datasets/<name>`.
 */
export function datasetCacheFolder(name: string): string {
  const home = process.env.ASHLAR_HOME
  return join(home ? resolve(home) : envPaths('ashlar', { suffix: '' }).cache, 'datasets', name)
}
