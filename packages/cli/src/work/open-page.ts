import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What opens an address, by system; it goes through no shell. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** A browser that is asked to open a page. */
export interface OpenedPage {
  /** Whether a program that opens browsers could be started. */
  readonly started: boolean
  /** Removes the file that led to the page; whoever is done, or sees that the page is open, calls it. */
  forget(): Promise<void>
}

/**
 * Opens an address that holds a secret in the browser. Every user of a machine may read the arguments of its processes, so what is handed to the browser is a file that only
 * this user may read, and that leads to the address.
 *
 * @param folder where to put it: one that browsers may read which see neither hidden folders nor the common one for temporary files; the latter is taken where this one
 *   cannot be written to.
 */
export async function openPage(address: string, folder: string): Promise<OpenedPage> {
  const file = await writeLead(address, folder)
  const forget = () => rm(file, { force: true })
  const started = await startBrowser(pathToFileURL(file).href)
  if (!started) await forget()
  return { started, forget }
}

async function writeLead(address: string, folder: string): Promise<string> {
  const text = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Runs</title><meta http-equiv="refresh" content="0;url=${address}"><a href="${address}">Runs</a>\n`
  const name = `.open-${randomUUID()}.html`
  // `wx`: a file that is there already may be somebody else's.
  const write = async (place: string) => {
    await writeFile(join(place, name), text, { mode: 0o600, flag: 'wx' })
    return join(place, name)
  }
  return write(folder).catch(() => write(tmpdir()))
}

function startBrowser(address: string): Promise<boolean> {
  const [program = 'xdg-open', ...args] = OPENERS[process.platform] ?? []
  return new Promise((resolve) => {
    const child = spawn(program, [...args, address], { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
