import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/** A holder that has not touched its lock for this long is gone, wherever it ran. */
const STALE_MS = 60_000
const TOUCH_MS = 10_000
const POLL_MS = 200

/** Who holds a lock. */
export interface LockOwner {
  readonly pid: number
  readonly host: string
}

const ownerSchema: z.ZodType<LockOwner> = z.object({ pid: z.int(), host: z.string() })

/** How to wait for a lock. */
export interface LockOptions {
  /** Called once, when another process holds it. */
  readonly onWait?: ((owner: LockOwner | undefined) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs an action while holding a lock file, so that two installs do not do the same work at once. A lock whose process has
 * died, or that was not touched for a minute, is taken over.
 */
export async function withLock<T>(
  path: string,
  { onWait, signal }: LockOptions,
  action: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  let told = false
  while (!(await take(path))) {
    signal?.throwIfAborted()
    if (await isStale(path)) {
      await removeStale(path)
      continue
    }
    if (!told) onWait?.(await readOwner(path))
    told = true
    await sleep(POLL_MS, undefined, { signal })
  }
  const touch = setInterval(
    () => void utimes(path, new Date(), new Date()).catch(() => undefined),
    TOUCH_MS,
  )
  touch.unref()
  try {
    return await action()
  } finally {
    clearInterval(touch)
    await rm(path, { force: true })
  }
}

async function take(path: string): Promise<boolean> {
  const owner: LockOwner = { pid: process.pid, host: hostname() }
  try {
    await writeFile(path, JSON.stringify(owner), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function isStale(path: string): Promise<boolean> {
  const modified = await stat(path).then(
    (found) => found.mtimeMs,
    () => undefined,
  )
  // Released in the meantime.
  if (modified === undefined) return false
  if (Date.now() - modified > STALE_MS) return true
  const owner = await readOwner(path)
  return owner !== undefined && owner.host === hostname() && !isRunning(owner.pid)
}

/** Renaming is atomic: of two processes that find the same stale lock, one moves it away. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  await rm(aside, { force: true })
}

async function readOwner(path: string): Promise<LockOwner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    // Being written, or removed: its age decides.
    return undefined
  }
}

/** Whether a process of this machine is alive. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
