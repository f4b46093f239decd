import { readdir } from 'node:fs/promises'

/** Names of what is in a folder; none if there is no folder. */
export async function filesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}
