import { DataError } from '@ashlar/errors'
import { readModel } from '../models/read-model.ts'
import type { ModelFiles } from '../models/repository.ts'
import type { Entry } from './catalog.ts'
import type { Log } from './log.ts'
import { type RunOptions, ServedVersion } from './served-version.ts'
import { whereOf } from './where.ts'

/** What opening needs to know. */
export interface OpeningOptions extends RunOptions {
  /** No model is opened when that would take the server past so many bytes. */
  readonly memoryLimit: number | undefined
  readonly log: Log
}

/** What is opened. */
export interface VersionToOpen {
  readonly files: ModelFiles
  readonly version: string
  readonly file: string
  /** Whether the file is gone afterwards, so that no weights may lie beside it. */
  readonly alone: boolean
}

/** Opens versions, each within the time that a model has for it. */
export class Opening {
  private readonly options: OpeningOptions
  private readonly held: () => number
  private readonly ending: AbortController = new AbortController()
  /** Bytes that models take which are being opened. */
  private reserved = 0

  /** @param held bytes of memory that all open versions hold. */
  constructor(options: OpeningOptions, held: () => number) {
    this.options = options
    this.held = held
  }

  /**
   * Opens a version.
   *
   * @throws DataError or ConfigError when it cannot be used or is not ready in time.
   */
  async open(wanted: VersionToOpen, { statistics }: Entry): Promise<ServedVersion> {
    const { log, loadTimeoutMs } = this.options
    const { name } = wanted.files
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(tooLate(name, loadTimeoutMs)), loadTimeoutMs)
    const signal = AbortSignal.any([late.signal, this.ending.signal])
    try {
      // Reading from a disk that hangs cannot be given up, but waiting for it can.
      return await Promise.race([
        this.openNow(wanted, { statistics, log, signal }),
        aborted(signal),
      ])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Gives up what is being opened. */
  end(): void {
    this.ending.abort(
      new DataError({ where: 'server', expected: 'no model is opened while it ends' }),
    )
  }

  private async openNow(
    { files, version, file, alone }: VersionToOpen,
    parts: Parameters<typeof ServedVersion.open>[2],
  ): Promise<ServedVersion> {
    const { name, config, labels: given } = files
    const { model, batched, properties, labels: own } = await readModel(file)
    // What somebody wrote into the repository stands above what the file says.
    const labels = new Map([...own, ...given])
    if (alone && typeof model === 'string') {
      throw new DataError({ where: whereOf(name), expected: 'a file that is sent must be whole' })
    }
    const needed = this.reserve(name, model)
    try {
      const source = { name, version, model, config, batched, properties, labels }
      parts.signal.throwIfAborted()
      return await ServedVersion.open(source, this.options, parts)
    } finally {
      this.reserved -= needed
    }
  }

  private reserve(name: string, model: Uint8Array | string): number {
    const { memoryLimit, instances } = this.options
    // A session holds the weights once, and once more while it packs them.
    const needed = typeof model === 'string' ? 0 : model.length * (instances + 1)
    const total = process.memoryUsage.rss() + this.held() + this.reserved + needed
    if (memoryLimit !== undefined && typeof model !== 'string' && total > memoryLimit) {
      throw new DataError({
        where: whereOf(name),
        expected: `must fit into the memory limit of ${memoryLimit} bytes; it would take the server to about ${total}`,
        hint: 'Unload a model, or start with a larger limit.',
      })
    }
    this.reserved += needed
    return needed
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

function tooLate(name: string, ms: number): DataError {
  return new DataError({
    where: whereOf(name),
    expected: `must be ready within ${ms} ms`,
    hint: 'It may be too large for this machine, or run without an end. Give it more time: --load-timeout.',
  })
}
