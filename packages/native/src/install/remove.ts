import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { entryFolder, lockFile } from '../cache/folders.ts'
import { withLock } from '../cache/lock.ts'
import { readEntry, sizeOfFolder } from '../cache/manifest.ts'
import { isLeftover, removeLeftovers } from '../cache/publish.ts'
import { type BindingTarget, thisMachine } from '../cache/target.ts'

/** What to remove; everything has a default. */
export interface RemoveOptions {
  /** Stands in for `$ASHLAR_HOME`. */
  readonly home?: string | undefined
  readonly target?: BindingTarget | undefined
}

/** What was removed. */
export interface Removed {
  readonly folder: string
  /** False when nothing was there. */
  readonly changed: boolean
  /** Bytes that are free again. */
  readonly bytes: number
}

/**
 * Takes this machine's binding out of the cache, and what interrupted installs left. Bindings that @tensorflow/tfjs-node's own
 * script has put into node_modules are left alone.
 */
export async function removeNative(options: RemoveOptions = {}): Promise<Removed> {
  const { home, target = thisMachine() } = options
  const folder = entryFolder(target, home)
  if (!(await anythingThere(folder))) return { folder, changed: false, bytes: 0 }
  return withLock(lockFile(folder), {}, async () => {
    const names = await readdir(dirname(folder))
    const own = names.filter((name) => name === basename(folder) || isLeftover(folder, name))
    const sizes = await Promise.all(own.map((name) => sizeOfFolder(join(dirname(folder), name))))
    const { state } = await readEntry(folder, target)
    if (state !== 'absent') {
      // Renamed first, so that whoever is looking sees all of it or nothing.
      const aside = `${folder}.old-removed`
      await rm(aside, { recursive: true, force: true })
      await rename(folder, aside)
    }
    await removeLeftovers(folder)
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    return { folder, changed: own.length > 0, bytes }
  })
}

async function anythingThere(folder: string): Promise<boolean> {
  const names = await readdir(dirname(folder)).catch(() => [])
  return names.some((name) => name === basename(folder) || isLeftover(folder, name))
}
