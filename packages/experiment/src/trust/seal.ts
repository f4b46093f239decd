import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import envPaths from 'env-paths'
import { readText } from '../runs/read-text.ts'
import { type RunFolder, runFiles } from '../runs/run-folder.ts'

/** Bytes of a key. */
const LENGTH = 32

/** The last line of a config that was made here: to a reader of YAML, a remark. */
const SEAL = /^# made here: ([0-9a-f]{64})\n$/

/**
 * The file of the key by which runs are known again: `made-here.key` in `$ASHLAR_HOME`, or in the platform's folder for data of programs
 * (`$XDG_DATA_HOME/ashlar` or `~/.local/share/ashlar` on Linux). Only its owner may read it.
 */
export function keyFile(): string {
  const home = process.env.ASHLAR_HOME
  return join(home ? resolve(home) : envPaths('ashlar', { suffix: '' }).data, 'made-here.key')
}

/**
 * Writes a run's config with a seal in its last line: the run was made here, by this user. The seal is a code of the config under a key that only this
 * user has, so that nobody else can make one, and a config that somebody changes has none. Where no key can be kept, there is no seal, and the run
 * counts as one from elsewhere.
 *
 * @throws DataError when the disk refuses the config.
 */
export async function writeConfig(run: RunFolder, text: string): Promise<void> {
  const code = await sealOf('config', text)
  const seal = code === undefined ? '' : `# made here: ${code}\n`
  await run.write(runFiles.config, text + seal)
}

/** The text of a run's config as it was given to {@link writeConfig}. */
export async function readConfigText(run: RunFolder): Promise<string> {
  return splitSeal(await readText(run.file(runFiles.config))).text
}

/** Whether a run was made here, and its config is as it was written. */
export async function isMadeHere(run: RunFolder): Promise<boolean> {
  const config = await readText(run.file(runFiles.config)).catch(() => '')
  const { text, seal } = splitSeal(config)
  return seal !== undefined && (await isSealed('config', text, seal))
}

/** What a seal stands on: one of another kind is worth nothing. */
export type SealedKind = 'config' | 'sweep'

/** The seal of a text; undefined where no key can be kept. */
export async function sealOf(kind: SealedKind, text: string): Promise<string | undefined> {
  const key = await ownKey({ create: true })
  return key && codeOf(key, kind, text)
}

/** Whether a seal is this user's, and of this text. */
export async function isSealed(kind: SealedKind, text: string, seal: string): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(seal)) return false
  const key = await ownKey({ create: false })
  if (key === undefined) return false
  return timingSafeEqual(Buffer.from(seal, 'hex'), Buffer.from(codeOf(key, kind, text), 'hex'))
}

function splitSeal(config: string): { readonly text: string; readonly seal?: string } {
  const start = config.lastIndexOf('\n', config.length - 2) + 1
  const [, seal] = SEAL.exec(config.slice(start)) ?? []
  return seal === undefined ? { text: config } : { text: config.slice(0, start), seal }
}

function codeOf(key: Buffer, kind: SealedKind, text: string): string {
  return createHmac('sha256', key).update(`ashlar ${kind} 1\n`).update(text).digest('hex')
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
