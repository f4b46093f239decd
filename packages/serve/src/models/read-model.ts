import { basename } from 'node:path'
import { encodingMetadata, readEncodings } from '@ashlar/core/encoding'
import { DataError } from '@ashlar/errors'
import { BATCH_KEY, inspectFile } from '@ashlar/export/inspect'

/** A model file that was checked. */
export interface ModelFile {
  /** Its bytes; its path, where weights lie in files beside it. */
  readonly model: Uint8Array | string
  /** What the file says of itself. */
  readonly metadata: ReadonlyMap<string, string>
  /** Those parts of it that tell clients how to use the model. */
  readonly properties: Readonly<Record<string, string>>
  /** Names of classes that it gives its one output. */
  readonly labels: ReadonlyMap<string, readonly string[]>
  /** Whether it says that the first sizes of its inputs and outputs are the batch. */
  readonly batched: boolean
}

/**
 * Reads a model file that may come from anybody, and checks it before a runtime sees it.
 *
 * @throws DataError that says what is wrong with it, and not where it lies.
 */
export async function readModel(path: string): Promise<ModelFile> {
  try {
    const { bytes, external, metadata, outputs } = await inspectFile(path)
    const batched = metadata.get(BATCH_KEY) === '0'
    const encodings = readEncodings(metadata, path)
    const { output } = encodings
    const [first, ...more] = outputs
    const hasClasses = output?.task === 'classification' && first !== undefined && more.length === 0
    return {
      model: external.length > 0 ? path : bytes,
      metadata,
      properties: encodingMetadata(encodings),
      labels: new Map(hasClasses ? [[first, output.classes]] : []),
      batched,
    }
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
