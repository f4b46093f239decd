import type { OnProgress, Progress } from '@ashlar/native'
import cliProgress from 'cli-progress'
import { formatBytes } from './format.ts'

/** Shows how an install goes. */
export interface InstallProgress {
  readonly onProgress: OnProgress
  /** Takes the bar away, whatever happened. */
  stop(): void
}

/** A line for each thing that is done; on a terminal a bar with sizes under what is downloaded or unpacked. */
export function installProgress(stream: NodeJS.WriteStream): InstallProgress {
  const bar = stream.isTTY ? createBar(stream) : undefined
  let said: string | undefined
  let running = false
  const stop = () => {
    if (running) bar?.stop()
    running = false
  }
  return {
    onProgress(event) {
      if (event.message !== said) {
        stop()
        said = event.message
        stream.write(`${event.message}\n`)
      }
      if (bar === undefined || event.bytes === undefined) return
      const total = event.total ?? event.bytes
      if (running) bar.setTotal(total)
      else bar.start(total, 0, { sizes: '' })
      running = true
      bar.update(event.bytes, { sizes: sizesOf(event) })
    },
    stop,
  }
}

function createBar(stream: NodeJS.WriteStream): cliProgress.SingleBar {
  return new cliProgress.SingleBar(
    {
      format: '  {bar} {sizes}',
      stream,
      hideCursor: true,
      barsize: 24,
      linewrap: false,
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  )
}

function sizesOf({ bytes = 0, total }: Progress): string {
  return total === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(total)}`
}
