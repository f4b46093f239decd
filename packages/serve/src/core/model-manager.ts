import { DataError } from '@ashlar/errors'
import { type LoadOverride, withOverride } from '../models/override.ts'
import { readModel } from '../models/read-model.ts'
import type { ModelFiles, Repository } from '../models/repository.ts'
import { RequestError } from '../protocol/errors.ts'
import type { Log } from './log.ts'
import { type RunOptions, ServedVersion } from './served-version.ts'
import { Statistics } from './statistics.ts'

/** Where a version is between being found and being gone. */
export type VersionState = 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE'

/** A version as the repository index lists it. */
export interface VersionStatus {
  readonly name: string
  readonly version: string
  readonly state: VersionState
  readonly reason: string
}

interface Entry {
  state: VersionState
  reason: string
  served: ServedVersion | undefined
  fingerprint: string
  readonly statistics: Statistics
}

/** What a manager needs. */
export interface ManagerOptions extends RunOptions {
  /** No model is opened when that would take the process past so many bytes. */
  readonly memoryLimit: number | undefined
  readonly log: Log
}

/** Opens models and versions, replaces them without a gap, and closes them when their requests are done. */
export class ModelManager {
  private readonly repository: Repository
  private readonly options: ManagerOptions
  private readonly models: Map<string, Map<string, Entry>> = new Map()
  private readonly turns: Map<string, Promise<unknown>> = new Map()
  private readonly leaving: Set<Promise<void>> = new Set()

  constructor(repository: Repository, options: ManagerOptions) {
    this.repository = repository
    this.options = options
  }

  /** All versions that are or were served, sorted. */
  index(): VersionStatus[] {
    return this.entries().map(({ name, version, entry: { state, reason } }) => ({
      name,
      version,
      state,
      reason,
    }))
  }

  /** All entries of one model, or of all. */
  entries(of?: string): { name: string; version: string; entry: Readonly<Entry> }[] {
    return [...this.models]
      .filter(([name]) => of === undefined || name === of)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, versions]) =>
        [...versions]
          .sort(([a], [b]) => Number(a) - Number(b))
          .map(([version, entry]) => ({ name, version, entry })),
      )
  }

  /** Whether at least one model is there and every version that is wanted is ready. */
  isReady(): boolean {
    const states = this.entries().map(({ entry }) => entry)
    const wanted = states.filter(
      ({ state, reason }) => !(state === 'UNAVAILABLE' && reason === UNLOADED),
    )
    return wanted.every(({ state, served }) => state === 'READY' || served !== undefined)
  }

  /**
   * The version that a request is for: the newest that is ready when it names none.
   *
   * @throws RequestError when it is not known, or not ready.
   */
  find(name: string, version?: string): ServedVersion {
    const entry = this.entry(name, version)
    if (entry.served !== undefined) return entry.served
    throw new RequestError('UNAVAILABLE', {
      where: where(name, version),
      expected: `is not ready: ${entry.state}${entry.reason ? ` (${entry.reason})` : ''}`,
    })
  }

  /** Whether a known version is ready. */
  isVersionReady(name: string, version?: string): boolean {
    return this.entry(name, version).served !== undefined
  }

  /** Opens models, by default all that there are. Those that fail are UNAVAILABLE, with the reason. */
  async loadAll(names?: readonly string[]): Promise<void> {
    for (const name of names ?? (await this.repository.list())) {
      await this.load(name).catch((error: Error) => {
        this.options.log.error({ model: name, err: error }, 'a model could not be loaded')
      })
    }
  }

  /**
   * Opens a model, or opens it anew: what is served now is served until the new is ready.
   *
   * @param override what to open instead of what is in the repository.
   * @throws RequestError when there is no such model; DataError or ConfigError when it cannot be used.
   */
  load(name: string, override?: LoadOverride): Promise<void> {
    return this.inTurn(name, async () => {
      if (override === undefined || override.files.size === 0) {
        const files = await this.read(name)
        const config = override?.config
        return this.apply(config === undefined ? files : { ...files, config }, true)
      }
      const labels = (await this.repository.read(name))?.labels ?? new Map()
      await withOverride(name, override, labels, (files) => this.apply(files, true, true))
    })
  }

  /**
   * Stops serving a model; requests under way are answered first.
   *
   * @throws RequestError when it is not served.
   */
  unload(name: string): Promise<void> {
    return this.inTurn(name, async () => {
      const versions = this.models.get(name)
      if (versions === undefined) throw unknown(name)
      await Promise.all([...versions].map(([version]) => this.retire(name, version)))
    })
  }

  /** Follows what has changed in the repository: new and changed files are opened, what is gone is closed. */
  async poll(): Promise<void> {
    const names = await this.repository.list()
    for (const name of names) {
      await this.inTurn(name, async () => this.apply(await this.read(name), false)).catch(
        (error: Error) =>
          this.options.log.error({ model: name, err: error }, 'a model could not be loaded'),
      )
    }
    for (const name of this.models.keys()) if (!names.includes(name)) await this.unload(name)
  }

  /** Waits until no request is under way. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.turns.values())
    await Promise.all([
      ...this.entries().map(({ name, version }) => this.retire(name, version)),
      ...this.leaving,
    ])
  }

  /** Ends everything at once. */
  async close(): Promise<void> {
    await Promise.all(this.entries().map(({ entry }) => entry.served?.close()))
  }

  private entry(name: string, version: string | undefined): Entry {
    const versions = this.models.get(name)
    if (versions === undefined) throw unknown(name)
    if (version !== undefined) {
      const entry = versions.get(version)
      if (entry !== undefined) return entry
      throw unknown(name, version)
    }
    let newest: [version: number, entry: Entry] | undefined
    for (const [own, entry] of versions) {
      const better =
        newest === undefined ||
        (entry.served !== undefined) > (newest[1].served !== undefined) ||
        ((entry.served !== undefined) === (newest[1].served !== undefined) &&
          Number(own) > newest[0])
      if (better) newest = [Number(own), entry]
    }
    if (newest === undefined) throw unknown(name)
    return newest[1]
  }

  private async read(name: string): Promise<ModelFiles> {
    const files = await this.repository.read(name)
    if (files === undefined) throw unknown(name)
    return files
  }

  /**
   * @param anew whether to open also what has not changed.
   * @param alone whether the files are gone afterwards, so that no weights may lie beside them.
   */
  private async apply(files: ModelFiles, anew: boolean, alone = false): Promise<void> {
    const { name } = files
    let versions = this.models.get(name)
    if (versions === undefined) {
      versions = new Map()
      this.models.set(name, versions)
    }
    const wanted = new Set(files.versions.map(({ version }) => version))
    for (const { version, file, fingerprint } of files.versions) {
      const entry = versions.get(version) ?? newEntry()
      versions.set(version, entry)
      const stamp = `${fingerprint} ${JSON.stringify(files.config)}`
      // What failed is not tried again until it changes, unless somebody asks.
      if (anew || entry.fingerprint !== stamp) {
        entry.fingerprint = stamp
        await this.open(entry, files, { version, file, alone })
      }
    }
    for (const version of versions.keys()) {
      if (!wanted.has(version)) void this.retire(name, version)
    }
  }

  private async open(
    entry: Entry,
    files: ModelFiles,
    { version, file, alone }: { version: string; file: string; alone: boolean },
  ): Promise<void> {
    const { name, config, labels } = files
    const { log } = this.options
    const before = entry.served
    if (before === undefined) entry.state = 'LOADING'
    try {
      const { model } = await readModel(file)
      if (alone && typeof model === 'string') {
        throw new DataError({ where: where(name), expected: 'a file that is sent must be whole' })
      }
      this.checkMemory(name, model)
      const source = { name, version, model, config, labels }
      entry.served = await ServedVersion.open(source, this.options, entry.statistics, log)
      entry.state = 'READY'
      entry.reason = ''
      log.info({ model: name, version, replaced: before !== undefined }, 'a model is ready')
      if (before !== undefined) void this.leave(before)
    } catch (error) {
      entry.reason = (error as Error).message
      if (before === undefined) entry.state = 'UNAVAILABLE'
      throw error
    }
  }

  private checkMemory(name: string, model: Uint8Array | string): void {
    const { memoryLimit, instances } = this.options
    if (memoryLimit === undefined || typeof model === 'string') return
    // A session holds the weights once, and once more while it packs them.
    const needed = process.memoryUsage.rss() + model.length * (instances + 1)
    if (needed <= memoryLimit) return
    throw new DataError({
      where: where(name),
      expected: `must fit into the memory limit of ${memoryLimit} bytes; it would take the server to about ${needed}`,
      hint: 'Unload a model, or start with a larger limit.',
    })
  }

  private async retire(name: string, version: string): Promise<void> {
    const entry = this.models.get(name)?.get(version)
    const { served } = entry ?? {}
    if (entry === undefined || served === undefined) return
    entry.served = undefined
    entry.state = 'UNLOADING'
    entry.fingerprint = ''
    await this.leave(served)
    if (entry.served !== undefined) return
    entry.state = 'UNAVAILABLE'
    entry.reason = UNLOADED
    this.options.log.info({ model: name, version }, 'a model is unloaded')
  }

  private leave(served: ServedVersion): Promise<void> {
    const leaving = served.drain().finally(() => this.leaving.delete(leaving))
    this.leaving.add(leaving)
    return leaving
  }

  /** Changes of one model come one after another. */
  private inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.turns.get(name) ?? Promise.resolve()).then(work, work)
    const settled = turn.then(
      () => undefined,
      () => undefined,
    )
    this.turns.set(name, settled)
    void settled.then(() => {
      if (this.turns.get(name) === settled) this.turns.delete(name)
    })
    return turn
  }
}

const UNLOADED = 'unloaded'

function newEntry(): Entry {
  return {
    state: 'LOADING',
    reason: '',
    served: undefined,
    fingerprint: '',
    statistics: new Statistics(),
  }
}

function where(name: string, version?: string): string {
  const suffix = version === undefined ? '' : ` version ${version}`
  return `model ${JSON.stringify(name)}${suffix}`
}

function unknown(name: string, version?: string): RequestError {
  return new RequestError('NOT_FOUND', {
    where: where(name, version),
    expected: 'Request for unknown model: it is not found',
  })
}
