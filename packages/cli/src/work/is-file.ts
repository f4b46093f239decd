import { stat } from 'node:fs/promises'

/** Whether there is a file at a path, or at the end of a link. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}
