import { basename } from 'node:path'
import { DataError } from '@ashlar/errors'
import { inspectFile } from '@ashlar/export/inspect'

/** A model file that was checked. */
export interface ModelFile {
  /** Its bytes, in memory that threads share; its path, where weights lie in files beside it. */
  readonly model: Uint8Array | string
  /** What the file says of itself. */
  readonly metadata: ReadonlyMap<string, string>
}

/**
 * Reads a model file that may come from anybody, and checks it before a runtime sees it.
 *
 * @throws DataError that says what is wrong with it, and not where it lies.
 */
export async function readModel(path: string): Promise<ModelFile> {
  try {
    const { bytes, external, metadata } = await inspectFile(path)
    if (external.length > 0) return { model: path, metadata }
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    return { model: shared, metadata }
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    // Clients read this in the index: the path is nobody's business.
    const [what = ''] = cause.message.split('\n')
    throw new DataError({
      where: basename(path),
      expected: what.replaceAll(`${path}: `, '').replaceAll(path, basename(path)),
      hint: cause.hint?.replaceAll(path, basename(path)),
      cause,
    })
  }
}
