import { RequestError } from '../protocol/errors.ts'
import type { ServedVersion } from './served-version.ts'
import { Statistics } from './statistics.ts'
import { whereOf } from './where.ts'

/** Where a version is between being found and being gone. */
export type VersionState = 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE'

/** A version as the repository index lists it. */
export interface VersionStatus {
  readonly name: string
  /** Empty for a model of which not even the versions could be read. */
  readonly version: string
  readonly state: VersionState
  /** Why it is not ready, or why what is in the repository now is not what is served. */
  readonly reason: string
}

/** A version, whatever became of it. */
export interface Entry {
  state: VersionState
  reason: string
  served: ServedVersion | undefined
  /** Of the file and configuration that it was last opened from. */
  fingerprint: string
  readonly statistics: Statistics
}

/** The reason of what somebody has unloaded. */
export const UNLOADED = 'unloaded'

/** Stands for the versions of a model that could not be read. */
const NO_VERSION = ''

/** All models and versions that are known, with their states. */
export class Catalog {
  private readonly models: Map<string, Map<string, Entry>> = new Map()

  /** All versions that are, were or should be served, sorted. */
  index(): VersionStatus[] {
    return this.entries().map(({ name, version, entry: { state, reason } }) => ({
      name,
      version,
      state,
      reason,
    }))
  }

  /** All entries of one model, or of all. */
  entries(of?: string): { name: string; version: string; entry: Entry }[] {
    return [...this.models]
      .filter(([name]) => of === undefined || name === of)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, versions]) =>
        [...versions]
          .sort(([a], [b]) => Number(a) - Number(b))
          .map(([version, entry]) => ({ name, version, entry })),
      )
  }

  /** Names of all models. */
  names(): string[] {
    return [...this.models.keys()]
  }

  /** Whether every version that is wanted is ready. */
  isReady(): boolean {
    return this.entries().every(
      ({ entry: { state, reason, served } }) =>
        served !== undefined || (state === 'UNAVAILABLE' && reason === UNLOADED),
    )
  }

  /** Whether at least one version is ready. */
  hasReady(): boolean {
    return this.entries().some(({ entry }) => entry.served !== undefined)
  }

  /**
   * A version: the newest that is ready when none is named, else the newest.
   *
   * @throws RequestError when it is not known.
   */
  find(name: string, version?: string): Entry {
    const versions = this.models.get(name)
    if (versions === undefined) throw unknown(name)
    if (version !== undefined) {
      const entry = version === NO_VERSION ? undefined : versions.get(version)
      if (entry !== undefined) return entry
      throw unknown(name, version)
    }
    let newest: [version: number, entry: Entry] | undefined
    for (const [own, entry] of versions) {
      const isReady = entry.served !== undefined
      const wasReady = newest?.[1].served !== undefined
      if (newest === undefined || (isReady === wasReady ? Number(own) > newest[0] : isReady)) {
        newest = [Number(own), entry]
      }
    }
    if (newest === undefined) throw unknown(name)
    return newest[1]
  }

  /** A version; it is new if it was not known. */
  add(name: string, version: string): Entry {
    const versions = this.versions(name)
    const known = versions.get(version)
    if (known !== undefined) return known
    versions.delete(NO_VERSION)
    const entry: Entry = {
      state: 'LOADING',
      reason: '',
      served: undefined,
      fingerprint: '',
      statistics: new Statistics(),
    }
    versions.set(version, entry)
    return entry
  }

  /** Says of a model why it cannot be read, so that it is listed. What is served of it is served on. */
  fail(name: string, reason: string): void {
    const known = this.entries(name).map(({ entry }) => entry)
    if (known.length === 0) known.push(this.add(name, NO_VERSION))
    const served = known.filter((entry) => entry.served !== undefined)
    for (const entry of served.length > 0 ? served : known) {
      if (entry.served === undefined) entry.state = 'UNAVAILABLE'
      entry.reason = reason
      entry.fingerprint = ''
    }
  }

  private versions(name: string): Map<string, Entry> {
    let versions = this.models.get(name)
    if (versions === undefined) {
      versions = new Map()
      this.models.set(name, versions)
    }
    return versions
  }
}

/** That there is no such model or version. */
export function unknown(name: string, version?: string): RequestError {
  return new RequestError('NOT_FOUND', {
    where: whereOf(name, version),
    expected: 'Request for unknown model: it is not found',
  })
}
