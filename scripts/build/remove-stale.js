import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Removes the files of a package's dist/ whose source in src/ is gone, which the compiler leaves behind.
 *
 * @param {string} folder the package.
 * @returns {string[]} what was removed, as paths below dist/.
 */
export function removeStale(folder) {
  const dist = join(folder, 'dist')
  if (!existsSync(dist)) {
    // Otherwise the compiler's record still says that everything is built.
    rmSync(join(folder, 'tsconfig.tsbuildinfo'), { force: true })
    return []
  }
  const stale = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dist.length + 1))
    .filter((path) => !existsSync(join(folder, 'src', sourceOf(path))))
  for (const path of stale) rmSync(join(dist, path))
  return stale
}

/** @param {string} path below dist/. */
function sourceOf(path) {
  return path.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts')
}
