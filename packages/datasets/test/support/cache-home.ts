import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Lets what is cached lie in a folder of its own while something runs. */
export async function withCacheIn<T>(home: string, use: () => Promise<T>): Promise<T> {
  const before = process.env.ASHLAR_HOME
  process.env.ASHLAR_HOME = home
  try {
    return await use()
  } finally {
    if (before === undefined) delete process.env.ASHLAR_HOME
    else process.env.ASHLAR_HOME = before
  }
}

/** Files of decoded samples there, in order. */
export async function cachedFiles(home: string): Promise<string[]> {
  return (await readdir(join(home, 'datasets', 'decoded')).catch(() => [])).sort()
}
