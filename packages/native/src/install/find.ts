import { type Binding, type LocateOptions, locateBinding } from '../binding/locate.ts'
import { probeBinding } from '../binding/probe.ts'
import { type Manifest, sizeOf } from '../cache/manifest.ts'
import { type RunCommand, runCommand } from '../effects/run-command.ts'

/** What there is of TensorFlow native on this machine. */
export interface FoundNative {
  /** Whether a binding was found, and worked when it was tried. */
  readonly state: 'ready' | 'absent' | 'broken'
  /** Folder of this machine's entry in the cache, whether it is there or not. */
  readonly folder: string
  readonly binding?: Binding | undefined
  /** How and when it was installed, for a binding of the cache. */
  readonly manifest?: Manifest | undefined
  /** Bytes on disk, for a binding of the cache. */
  readonly bytes?: number | undefined
  /** Version of TensorFlow's libraries, where that is known. */
  readonly tensorflow?: string | undefined
  /** Why it cannot be used. */
  readonly problem?: string | undefined
}

/** How to look. */
export interface FindOptions extends LocateOptions {
  /** Loads the binding in another process as well, which takes about a second. */
  readonly probe?: boolean | undefined
  readonly run?: RunCommand | undefined
}

/**
 * Looks for the native binding. Loads nothing into this process.
 *
 * @example (await findNative()).state // 'ready', 'absent' or 'broken'
 */
export async function findNative(options: FindOptions = {}): Promise<FoundNative> {
  const { probe = false, run = runCommand } = options
  const { binding, entry } = await locateBinding(options)
  const { folder } = entry
  if (binding === undefined) {
    return entry.state === 'unusable'
      ? { state: 'broken', folder, problem: `${folder}: ${entry.problem}` }
      : { state: 'absent', folder }
  }
  const found: FoundNative = {
    state: 'ready',
    folder,
    binding,
    ...(entry.state === 'ready'
      ? {
          manifest: entry.manifest,
          bytes: sizeOf(entry.manifest),
          tensorflow: entry.manifest.tensorflow,
        }
      : {}),
  }
  if (!probe) return found
  const answer = await probeBinding(binding.path, { run })
  return answer.works
    ? { ...found, tensorflow: answer.tensorflow }
    : { ...found, state: 'broken', problem: answer.reason }
}
