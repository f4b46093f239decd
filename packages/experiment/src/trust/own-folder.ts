import { chmod, lstat, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import envPaths from 'env-paths'

/**
 * A folder that only this user can look into: below `$ASHLAR_HOME`, or the platform's folder for caches (`$XDG_CACHE_HOME/ashlar` or `~/.cache/ashlar` on
 * Linux). Made if need be.
 *
 * @throws ConfigError for one that is a link, or another user's, who could change what lies in it.
 */
export async function ownFolder(name: string): Promise<string> {
  const home = process.env.ASHLAR_HOME
  const path = join(home ? resolve(home) : envPaths('ashlar', { suffix: '' }).cache, name)
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw refuse(path, error.message)
  })
  const found = await lstat(path)
  if (!found.isDirectory()) throw refuse(path, 'no folder')
  // Windows has neither owner nor mode: there the folder is the user's.
  if (process.getuid === undefined) return path
  if (found.uid !== process.getuid()) throw refuse(path, `owned by user ${found.uid}`)
  if (found.mode & 0o077) await chmod(path, 0o700)
  return path
}

function refuse(path: string, given: string): ConfigError {
  return new ConfigError({
    where: path,
    expected: "must be this user's own folder",
    given,
    hint: 'Choose another by ASHLAR_HOME.',
  })
}
