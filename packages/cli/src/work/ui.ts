import { resolve } from 'node:path'
import { startUi } from '@ashlar/ui/server'
import { formatPath } from '../terminal/format.ts'
import { aborted, listenForInterruption } from '../terminal/interruption.ts'
import type { Output } from '../terminal/output.ts'
import { openPage } from './open-page.ts'

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
      const page = open ? await openPage(ui.address, resolve(folder)) : undefined
      if (page?.started === false) {
        output.notice('no browser could be started: open the address yourself')
      }
      try {
        if (page !== undefined) void ui.entered.then(page.forget)
        await aborted(interruption.signal)
      } finally {
        await page?.forget()
      }
    } finally {
      await ui.close()
    }
  } finally {
    interruption.end()
  }
}
