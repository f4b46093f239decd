import { lstat, readdir, realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { DataError } from '@ashlar/errors'
import type { Action } from './describe-actions.ts'

/** More than any run has. */
const MOST = 50_000

/**
 * What reading a run folder of another's would do: follow links that lead out of it.
 *
 * @throws DataError for pipes, sockets and devices, which hang whoever reads them, and for a folder without an end.
 */
export async function runAsks(folder: string): Promise<Action[]> {
  const real = await realpath(folder)
  const asks: Action[] = []
  const left = [folder]
  let count = 0
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const file of await readdir(next)) {
      const path = join(next, file)
      const name = relative(folder, path)
      const entry = await lstat(path)
      count++
      if (count > MOST) throw refuse(folder, `more than ${MOST} files`)
      if (entry.isDirectory()) left.push(path)
      else if (entry.isSymbolicLink()) {
        const target = await realpath(path).catch(() => 'nothing')
        if (target !== real && !target.startsWith(real + sep)) {
          asks.push({ does: 'read', what: target, key: `the link ${name}` })
        }
      } else if (!entry.isFile()) throw refuse(folder, name)
      // An archive can make a second name of any file of the user.
      else if (entry.nlink > 1) {
        asks.push({
          does: 'read',
          what: 'a file that has other names',
          key: `the hard link ${name}`,
        })
      }
    }
  }
  return asks
}

function refuse(folder: string, given: string): DataError {
  return new DataError({
    where: folder,
    expected: 'a run folder that was not made here must hold plain files, and not too many',
    given,
  })
}
