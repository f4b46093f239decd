import { join, resolve } from 'node:path'
import envPaths from 'env-paths'

/**
 * A folder for what can be made again: in `$ASHLAR_HOME`, or in the platform's cache folder (`$XDG_CACHE_HOME/ashlar` or `~/.cache/ashlar` on
 * Linux).
 */
export function cacheFolder(
  name: string,
  home: string | undefined = process.env.ASHLAR_HOME,
): string {
  return join(home ? resolve(home) : envPaths('ashlar', { suffix: '' }).cache, name)
}
