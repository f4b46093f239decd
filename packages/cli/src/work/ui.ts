import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { startUi } from '@ashlar/ui/server'
import { formatPath } from '../terminal/format.ts'
import { aborted, listenForInterruption } from '../terminal/interruption.ts'
import type { Output } from '../terminal/output.ts'

/** Which runs to show, and where. */
export interface UiRequest {
  /** The folder that the runs are in. */
  readonly folder: string
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** Whether to open a browser. */
  readonly open?: boolean | undefined
}

/**
 * Serves the page of a folder of runs until Ctrl-C.
 *
 * @throws DataError for a folder that is none; ConfigError for a host that others could reach; EngineError for an occupied port.
 */
export async function serveUi(
  { folder, open, ...place }: UiRequest,
  output: Output,
): Promise<void> {
  const interruption = listenForInterruption({ told: () => undefined })
  try {
    const ui = await startUi({ ...place, folder })
    try {
      output.line(`runs   ${formatPath(resolve(folder))}`)
      output.line(`page   ${ui.address}`)
      output.line('       (Ctrl-C ends it; the address is for you alone)')
      output.result({ folder: resolve(folder), address: ui.address, port: ui.port })
      if (open && !(await openBrowser(ui.address))) {
        output.notice('no browser could be started: open the address yourself')
      }
      await aborted(interruption.signal)
    } finally {
      await ui.close()
    }
  } finally {
    interruption.end()
  }
}

/** What opens an address, by system; the address goes through no shell. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Whether a program that opens browsers could be started. */
function openBrowser(address: string): Promise<boolean> {
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
