import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DataError } from '@ashlar/errors'

/** The largest file whose weights can lie inside of it. */
const MAX_PROTOBUF_BYTES = 2 ** 31 - 1

/**
 * A model's bytes, in memory that threads share; its path, where weights lie in a file beside it.
 *
 * @throws DataError when it cannot be read.
 */
export async function readModel(file: string): Promise<Uint8Array | string> {
  const shown = basename(file)
  try {
    const { size } = await stat(file)
    if (size > MAX_PROTOBUF_BYTES) {
      throw new DataError({
        where: shown,
        expected: `must have at most ${MAX_PROTOBUF_BYTES} bytes`,
        given: size,
      })
    }
    const beside = await stat(join(dirname(file), `${shown}.data`)).catch(() => undefined)
    if (beside !== undefined) return file
    const bytes = await readFile(file)
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    return shared
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError({
      where: shown,
      expected: 'must be a file that can be read',
      given: (cause as NodeJS.ErrnoException).code,
      cause,
    })
  }
}
