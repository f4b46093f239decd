import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LAYOUT } from './folders.ts'
import { listFiles, type Manifest } from './manifest.ts'

/** Marks folders beside an entry that are being built or were replaced; nothing ever loads from them. */
const WORK = '.work-'
const OLD = '.old-'

/** Makes an empty folder beside an entry, on the same disk, to build the entry in. */
export async function makeWorkFolder(entry: string): Promise<string> {
  const folder = `${entry}${WORK}${randomUUID()}`
  await mkdir(folder, { recursive: true })
  return folder
}

/** Removes what interrupted installs of an entry left beside it. Call it while holding the entry's lock. */
export async function removeLeftovers(entry: string): Promise<void> {
  const parent = dirname(entry)
  for (const name of await readdir(parent).catch(() => [])) {
    if (isLeftover(entry, name)) await rm(join(parent, name), { recursive: true, force: true })
  }
}

/** Whether a name beside an entry is that of a work folder or of a replaced entry. */
export function isLeftover(entry: string, name: string): boolean {
  return [WORK, OLD].some((mark) => name.startsWith(`${basename(entry)}${mark}`))
}

/**
 * Puts a finished work folder in the place of an entry: writes its manifest, then renames. Until the rename nothing looks
 * installed; an entry that was there before is replaced.
 */
export async function publish(
  work: string,
  entry: string,
  about: Omit<Manifest, 'format' | 'files'>,
): Promise<Manifest> {
  const manifest: Manifest = { format: 1, ...about, files: await listFiles(work) }
  await writeDurably(join(work, LAYOUT.manifest), `${JSON.stringify(manifest, null, 2)}\n`)
  const old = `${entry}${OLD}${randomUUID()}`
  const replaced = await stat(entry).then(
    () => true,
    () => false,
  )
  if (replaced) await rename(entry, old)
  await rename(work, entry)
  await rm(old, { recursive: true, force: true })
  return manifest
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
