import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DataError } from '@ashlar/errors'
import { unpackTar } from 'modern-tar'
import { unreadable } from './read-file.ts'
import type { FileSource, SourceFile } from './sources.ts'

/**
 * Files in a `.tar.gz`, in whatever folder inside it. The archive is read once, and of its contents only these files are kept.
 *
 * @param files all that will be asked for.
 * @throws DataError when the archive is damaged, or when a file is missing or has another length.
 */
export function archiveSource(path: string, files: readonly SourceFile[]): FileSource {
  let contents: Promise<ReadonlyMap<string, Buffer>> | undefined
  return async (file) => {
    contents ??= readArchive(path, files)
    const bytes = (await contents).get(file.name)
    const where = `${path}: ${file.name}`
    if (!bytes) {
      throw new DataError({
        where: path,
        expected: `must contain ${file.name} of ${file.bytes} bytes`,
        hint: 'This is another archive: get it again.',
      })
    }
    file.check(bytes, where)
    return bytes
  }
}

async function readArchive(
  path: string,
  files: readonly SourceFile[],
): Promise<ReadonlyMap<string, Buffer>> {
  const lengths = new Map(files.map(({ name, bytes }) => [name, bytes]))
  const file = createReadStream(path)
  const unpacked = createGunzip()
  // A pipe hands data on, not errors.
  file.on('error', (error) => unpacked.destroy(error)).pipe(unpacked)
  try {
    const entries = await unpackTar(Readable.toWeb(unpacked) as ReadableStream<Uint8Array>, {
      strict: true,
      // By length too: nothing that is larger than expected gets into memory.
      filter: ({ name, size }) => lengths.get(basename(name)) === size,
    })
    return new Map(
      entries.flatMap(({ header, data }) =>
        data
          ? [[basename(header.name), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]]
          : [],
      ),
    )
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) throw unreadable(path, cause)
    throw new DataError({
      where: path,
      expected: `must be a whole .tar.gz archive (${cause instanceof Error ? cause.message : cause})`,
      hint: 'The file is damaged or cut short: get it again.',
      cause,
    })
  } finally {
    file.destroy()
  }
}
