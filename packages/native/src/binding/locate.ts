import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { entryFolder, LAYOUT } from '../cache/folders.ts'
import { type Entry, readEntry } from '../cache/manifest.ts'
import { type BindingTarget, thisMachine } from '../cache/target.ts'
import { findTfjsNode } from '../tfjs-node/find.ts'

/** A binding that is there, whole by its looks; whether it loads is another question. */
export interface Binding {
  /** `cache`: installed by Ashlar. `package`: built by @tensorflow/tfjs-node's own install script. */
  readonly source: 'cache' | 'package'
  /** The `.node` file. */
  readonly path: string
  /** Root of the @tensorflow/tfjs-node that goes with it. */
  readonly packageFolder: string
}

/** What was found in the places where a binding can be. */
export interface Located {
  readonly binding?: Binding | undefined
  /** What the cache holds. */
  readonly entry: Entry
}

/** Where to look; all have defaults. */
export interface LocateOptions {
  /** Stands in for `$ASHLAR_HOME`. */
  readonly home?: string | undefined
  readonly target?: BindingTarget | undefined
  /** Modules or folders whose @tensorflow/tfjs-node counts; this package and the working directory by default. */
  readonly from?: readonly string[] | undefined
}

/** Finds the binding: the one in the cache first, then the one that @tensorflow/tfjs-node's own install script made. */
export async function locateBinding(options: LocateOptions = {}): Promise<Located> {
  const { home, target = thisMachine(), from } = options
  const entry = await readEntry(entryFolder(target, home), target)
  if (entry.state === 'ready') {
    const binding: Binding = {
      source: 'cache',
      path: join(entry.folder, LAYOUT.binding),
      packageFolder: join(entry.folder, LAYOUT.package),
    }
    return { entry, binding }
  }
  const packageFolder = await findTfjsNode(from)
  if (packageFolder === undefined) return { entry }
  const path = join(packageFolder, LAYOUT.binding)
  const present = await access(path).then(
    () => true,
    () => false,
  )
  return present ? { entry, binding: { source: 'package', path, packageFolder } } : { entry }
}
