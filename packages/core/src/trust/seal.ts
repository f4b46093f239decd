import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import envPaths from 'env-paths'
import { z } from 'zod'
import { readText } from '../runs/read-text.ts'
import { type RunFolder, runFiles } from '../runs/run-folder.ts'
import { runAsks } from './links.ts'
import type { Origin } from './origin.ts'

/** Bytes of a key. */
const LENGTH = 32

const schema = z.object({ version: z.literal(1), config: z.string().regex(/^[0-9a-f]{64}$/) })

/**
 * The file of the key by which runs are known again: `made-here.key` in `$ASHLAR_HOME`, or in the platform's folder for data of programs
 * (`$XDG_DATA_HOME/ashlar` or `~/.local/share/ashlar` on Linux). Only its owner may read it.
 */
export function keyFile(): string {
  const home = process.env.ASHLAR_HOME
  return join(home ? resolve(home) : envPaths('ashlar', { suffix: '' }).data, 'made-here.key')
}

/**
 * Writes a run's config with a seal beside it: the run was made here, by this user. The seal is a code of the config under a key that only this user
 * has, so that nobody else can make one, and a config that somebody changes has none. Where no key can be kept, there is no seal, and the run
 * counts as one from elsewhere.
 *
 * @throws DataError when the disk refuses the config.
 */
export async function writeConfig(run: RunFolder, text: string): Promise<void> {
  // A run that is killed between the two is trusted too little, never too much.
  await run.write(runFiles.config, text)
  const key = await ownKey({ create: true })
  if (key !== undefined)
    await run.writeJson(runFiles.seal, { version: 1, config: codeOf(key, text) })
}

/** Whether a run was made here, and its config is as it was written. */
export async function isMadeHere(run: RunFolder): Promise<boolean> {
  const key = await ownKey({ create: false })
  if (key === undefined) return false
  try {
    const config = await readText(run.file(runFiles.config))
    const seal = schema.parse(JSON.parse(await readText(run.file(runFiles.seal))))
    return timingSafeEqual(Buffer.from(seal.config, 'hex'), Buffer.from(codeOf(key, config), 'hex'))
  } catch {
    // No seal, or none that we wrote.
    return false
  }
}

/**
 * Where the experiment of a run comes from: undefined for a run that was made here, or that the user trusts.
 *
 * @throws DataError for a folder that holds other things than plain files and folders.
 */
export async function originOf(
  run: RunFolder,
  trust: boolean = false,
): Promise<Origin | undefined> {
  if (trust || (await isMadeHere(run))) return undefined
  return { where: run.path, inside: run.path, asks: await runAsks(run.path) }
}

function codeOf(key: Buffer, config: string): string {
  return createHmac('sha256', key).update('ashlar config 1\n').update(config).digest('hex')
}

async function ownKey({ create }: { readonly create: boolean }): Promise<Buffer | undefined> {
  const file = keyFile()
  const key = await readKey(file)
  if (key === 'other') return undefined
  if (key?.length === LENGTH) return key
  // A key that is damaged is of no use to anybody, and is made anew.
  return create ? makeKey(file, key !== undefined) : undefined
}

/** A key that others may have made or read tells nobody apart. */
async function readKey(file: string): Promise<Buffer | 'other' | undefined> {
  const opened = await open(file, 'r').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' || error.code === 'ENOTDIR' ? undefined : ('other' as const),
  )
  if (opened === undefined || opened === 'other') return opened
  try {
    const { uid, mode } = await opened.stat()
    // Windows has neither: there the folder is the user's.
    const isPrivate = process.getuid === undefined || (uid === process.getuid() && !(mode & 0o077))
    return isPrivate ? await opened.readFile() : 'other'
  } finally {
    await opened.close()
  }
}

/** Several processes may be the first at once: one of them makes the key, and all take that. */
async function makeKey(file: string, isDamaged: boolean): Promise<Buffer | undefined> {
  const beside = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const written = await open(beside, 'wx', 0o600)
    try {
      await written.writeFile(randomBytes(LENGTH))
      await written.sync()
    } finally {
      await written.close()
    }
    if (isDamaged) await rm(file, { force: true })
    await link(beside, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    const key = await readKey(file)
    return key !== 'other' && key?.length === LENGTH ? key : undefined
  } catch {
    return undefined
  } finally {
    await rm(beside, { force: true }).catch(() => undefined)
  }
}
