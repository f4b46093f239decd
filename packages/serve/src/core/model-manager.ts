import { type LoadOverride, withOverride } from '../models/override.ts'
import type { ModelFiles, Repository } from '../models/repository.ts'
import { RequestError } from '../protocol/errors.ts'
import { Catalog, type Entry, UNLOADED, unknown } from './catalog.ts'
import { Opening, type OpeningOptions } from './opening.ts'
import type { ServedVersion } from './served-version.ts'
import { Slots } from './slots.ts'
import { Turns } from './turns.ts'
import { whereOf } from './where.ts'

/** What a manager needs. */
export interface ManagerOptions extends OpeningOptions {
  /** How long requests to a version that is replaced or unloaded may take, in milliseconds. */
  readonly drainTimeoutMs: number
}

/** Models that are opened at the same time: each takes a core for itself. */
const SIDE_BY_SIDE = 8

/** How long one of them may keep others from being opened, in milliseconds. */
const SLOT_MS = 3000

/** Opens models and versions, replaces them without a gap, and closes them when their requests are done. */
export class ModelManager {
  readonly catalog: Catalog = new Catalog()
  private readonly repository: Repository
  private readonly options: ManagerOptions
  private readonly opening: Opening
  private readonly turns: Turns = new Turns()
  private readonly slots: Slots = new Slots(SIDE_BY_SIDE, SLOT_MS)
  private readonly leaving: Set<ServedVersion> = new Set()
  /** Why models failed that were told of, by name. */
  private readonly told: Map<string, string> = new Map()
  private polling: Promise<void> | undefined
  private closed = false

  constructor(repository: Repository, options: ManagerOptions) {
    this.repository = repository
    this.options = options
    this.opening = new Opening(options, () => this.sessionBytes)
  }

  /** Bytes of memory that the processes of all sessions hold, as far as they have told. */
  get sessionBytes(): number {
    return this.served().reduce((sum, { rss }) => sum + rss, 0)
  }

  /** The processes of all sessions. */
  get pids(): readonly number[] {
    return this.served().flatMap(({ pids }) => pids)
  }

  /**
   * The version that a request is for: the newest that is ready when it names none.
   *
   * @throws RequestError when it is not known, or not ready.
   */
  find(name: string, version?: string): ServedVersion {
    const { served, state, reason } = this.catalog.find(name, version)
    if (served !== undefined) return served
    throw new RequestError('UNAVAILABLE', {
      where: whereOf(name, version),
      expected: `is not ready: ${state}${reason ? ` (${reason})` : ''}`,
    })
  }

  /** Opens models side by side, by default all that there are. Those that fail are UNAVAILABLE, with the reason. */
  async loadAll(names?: readonly string[]): Promise<void> {
    const all = names ?? (await this.repository.list())
    await Promise.all(
      all.map((name) => this.slots.use(() => this.listed(name, () => this.load(name)))),
    )
  }

  /**
   * Opens a model, or opens it anew: what is served now is served until the new is ready.
   *
   * @param override what to open instead of what is in the repository.
   * @throws RequestError when there is no such model; DataError or ConfigError when it cannot be used.
   */
  load(name: string, override?: LoadOverride): Promise<void> {
    return this.turns.take(name, async () => {
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
    return this.turns.take(name, async () => {
      const versions = this.catalog.entries(name)
      if (versions.length === 0) throw unknown(name)
      await Promise.all(versions.map(({ version, entry }) => this.retire(name, version, entry)))
    })
  }

  /** Follows what has changed in the repository: new and changed files are opened, what is gone is closed. */
  poll(): Promise<void> {
    this.polling ??= this.follow().finally(() => {
      this.polling = undefined
    })
    return this.polling
  }

  /** Gives up what is being opened, and waits until no request is under way. */
  async drain(): Promise<void> {
    this.closed = true
    this.opening.end()
    await this.turns.whenDone()
    const retiring = this.catalog
      .entries()
      .map(({ name, version, entry }) => this.retire(name, version, entry))
    await Promise.all([...retiring, ...[...this.leaving].map((served) => this.leave(served))])
  }

  /** Ends everything at once. */
  async close(): Promise<void> {
    this.closed = true
    this.opening.end()
    await Promise.all(this.served().map((served) => served.close()))
  }

  /** All that have processes. */
  private served(): ServedVersion[] {
    const current = this.catalog.entries().flatMap(({ entry }) => entry.served ?? [])
    return [...new Set([...current, ...this.leaving])]
  }

  private async follow(): Promise<void> {
    const names = await this.repository.list()
    const update = (name: string) =>
      this.listed(name, () =>
        this.turns.take(name, async () => this.apply(await this.read(name), false)),
      )
    const gone = this.catalog.names().filter((name) => !names.includes(name))
    await Promise.all([
      ...names.map((name) => this.slots.use(() => update(name))),
      ...gone.map((name) => this.unload(name)),
    ])
  }

  /** Does something for a model. What fails is told once, and listed. */
  private async listed(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.told.delete(name)
    } catch (error) {
      const reason = (error as Error).message
      if (error instanceof RequestError) this.catalog.fail(name, reason)
      if (this.told.get(name) === reason) return
      this.told.set(name, reason)
      this.options.log.error({ model: name, err: error }, 'a model could not be loaded')
    }
  }

  /** @throws RequestError when there is none of that name; DataError or ConfigError when it cannot be used, which is listed. */
  private async read(name: string): Promise<ModelFiles> {
    let files: ModelFiles | undefined
    try {
      files = await this.repository.read(name)
    } catch (error) {
      this.catalog.fail(name, (error as Error).message)
      throw error
    }
    if (files === undefined) throw unknown(name)
    return files
  }

  /**
   * @param anew whether to open also what has not changed.
   * @param alone whether the files are gone afterwards, so that no weights may lie beside them.
   */
  private async apply(files: ModelFiles, anew: boolean, alone = false): Promise<void> {
    const { name } = files
    const wanted = new Set(files.versions.map(({ version }) => version))
    const opened = await Promise.allSettled(
      files.versions.map(async ({ version, file, fingerprint }) => {
        const entry = this.catalog.add(name, version)
        const stamp = `${fingerprint} ${JSON.stringify(files.config)}`
        // What failed is not tried again until it changes, unless somebody asks.
        if (!anew && entry.fingerprint === stamp) return
        entry.fingerprint = stamp
        await this.open(entry, { files, version, file, alone })
      }),
    )
    for (const { version, entry } of this.catalog.entries(name)) {
      if (!wanted.has(version)) void this.retire(name, version, entry)
    }
    const failed = opened.find((each) => each.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  private async open(entry: Entry, wanted: Parameters<Opening['open']>[0]): Promise<void> {
    const { log } = this.options
    const { version, files } = wanted
    const tell = { model: files.name, version }
    const before = entry.served
    if (before === undefined) {
      entry.state = 'LOADING'
      entry.reason = ''
    }
    try {
      const served = await this.opening.open(wanted, entry)
      if (this.closed) return void (await served.close())
      entry.served = served
      entry.state = 'READY'
      entry.reason = ''
      log.info({ ...tell, replaced: before !== undefined }, 'a model is ready')
      if (before !== undefined) void this.leave(before)
    } catch (error) {
      entry.reason = (error as Error).message
      if (before === undefined) entry.state = 'UNAVAILABLE'
      throw error
    }
  }

  private async retire(name: string, version: string, entry: Entry): Promise<void> {
    const { served } = entry
    if (served === undefined) return
    entry.served = undefined
    entry.state = 'UNLOADING'
    entry.fingerprint = ''
    await this.leave(served)
    if (entry.served !== undefined) return
    entry.state = 'UNAVAILABLE'
    entry.reason = UNLOADED
    this.options.log.info({ model: name, version }, 'a model is unloaded')
  }

  private async leave(served: ServedVersion): Promise<void> {
    this.leaving.add(served)
    await served.drain(this.options.drainTimeoutMs)
    this.leaving.delete(served)
  }
}
