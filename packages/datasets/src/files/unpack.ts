import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { DataError } from '@ashlar/errors'

const gunzipAsync = promisify(gunzip)

/**
 * Unpacks gzip data; other data is returned as it is.
 *
 * @param maxBytes the most that may come out: a small file can unpack to more than the memory holds.
 * @param where the file or address to name in an error.
 * @throws DataError when the gzip data is damaged, cut short, or unpacks to more.
 */
export async function unpack(bytes: Buffer, maxBytes: number, where: string): Promise<Buffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return await gunzipAsync(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new DataError({
        where,
        expected: `must unpack to at most ${maxBytes} bytes, got more`,
        cause,
      })
    }
    throw new DataError({
      where,
      expected: `must be a whole gzip file (${cause instanceof Error ? cause.message : cause})`,
      hint: 'The file is damaged or cut short: get it again.',
      cause,
    })
  }
}
