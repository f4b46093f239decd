import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** More than any config, log or report of a run has. */
const LARGEST = 256 * 2 ** 20

/**
 * The text of a file that may come from anybody: a plain one, of a size that fits into memory.
 *
 * @throws Error that says why it cannot be read; a pipe does not hang whoever reads it.
 */
export async function readText(path: string, largest: number = LARGEST): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const found = await file.stat()
    // A folder says so itself when it is read.
    if (!found.isFile() && !found.isDirectory()) throw new Error('it is no plain file')
    if (found.size > largest) throw new Error(`it has more than ${largest} bytes`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
