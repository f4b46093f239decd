import { readFileSync } from 'node:fs'
import { AshlarError } from '@ashlar/errors'
import type { ModelConfig } from '../models/config.ts'
import type { Described } from '../models/describe.ts'
import type { LoadOverride } from '../models/override.ts'
import { MODEL_NAME, type Repository } from '../models/repository.ts'
import { RequestError } from '../protocol/errors.ts'
import type { InferRequest, InferResponse, ModelMetadata } from '../protocol/messages.ts'
import type { VersionStatus } from './catalog.ts'
import { type ManagerOptions, ModelManager } from './model-manager.ts'
import type { Statistics } from './statistics.ts'

/** The statistics of one version. */
export interface VersionStatistics {
  readonly name: string
  readonly version: string
  readonly statistics: Statistics
  /** Requests that wait or run now. */
  readonly pending: number
}

/** What the server says of itself. */
export interface ServerMetadata {
  readonly name: string
  readonly version: string
  readonly extensions: readonly string[]
}

/** Parts of Triton's protocol beyond the Open Inference Protocol that are answered. */
const EXTENSIONS = [
  'classification',
  'model_repository',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
]

const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
).version

/** The server without its transports: requests in, answers out. */
export class InferenceCore {
  readonly manager: ModelManager
  private leaving = false
  private refusing = false

  constructor(repository: Repository, options: ManagerOptions) {
    this.manager = new ModelManager(repository, options)
  }

  /** What the server says of itself. */
  serverMetadata(): ServerMetadata {
    return { name: 'ashlar', version: VERSION, extensions: EXTENSIONS }
  }

  /** Whether it takes requests: all models are ready and it is not about to end. */
  isReady(): boolean {
    return !this.leaving && this.manager.catalog.isReady()
  }

  /** Whether it is about to end. */
  isLeaving(): boolean {
    return this.leaving
  }

  /**
   * What a version takes and gives, and how it is run.
   *
   * @throws RequestError for a model that is not known or not ready.
   */
  describe(name: string, version?: string): Described {
    return this.manager.find(name, version).described
  }

  /** @throws RequestError for a model that is not known or not ready. */
  modelMetadata(name: string, version?: string): ModelMetadata {
    const { metadata } = this.describe(name, version)
    const versions = this.manager.catalog
      .entries(name)
      .filter(({ entry }) => entry.served !== undefined)
      .map((item) => item.version)
    const { name: own, ...rest } = metadata
    return { name: own, versions, ...rest }
  }

  /** @throws RequestError for a model that is not known or not ready. */
  modelConfig(name: string, version?: string): ModelConfig {
    return this.describe(name, version).config
  }

  /** @throws RequestError for a model that is not known. */
  isModelReady(name: string, version?: string): boolean {
    return this.manager.catalog.find(name, version).served !== undefined && !this.leaving
  }

  /**
   * Answers a request for inference.
   *
   * @throws RequestError when it gets no result.
   */
  async infer(request: InferRequest): Promise<InferResponse> {
    if (this.refusing) {
      throw new RequestError('UNAVAILABLE', { where: 'server', expected: 'is about to end' })
    }
    return this.manager.find(request.model, request.version).infer(request)
  }

  /**
   * Figures of one version, of one model, or of all.
   *
   * @throws RequestError for a model that is not known.
   */
  statistics(name?: string, version?: string): VersionStatistics[] {
    if (name !== undefined) this.manager.catalog.find(name, version)
    return this.manager.catalog
      .entries(name)
      .filter((item) => version === undefined || item.version === version)
      .map(({ name: model, version: own, entry }) => ({
        name: model,
        version: own,
        statistics: entry.statistics,
        pending: entry.served?.pendingCount ?? 0,
      }))
  }

  /** All versions, or those alone that are ready. */
  index(onlyReady: boolean): VersionStatus[] {
    return this.manager.catalog.index().filter(({ state }) => !onlyReady || state === 'READY')
  }

  /**
   * Opens a model, or opens it anew; what is served now is served until the new is ready.
   *
   * @param override what to open instead of what is in the repository.
   * @throws RequestError when there is no such model or it cannot be used.
   */
  async load(name: string, override?: LoadOverride): Promise<void> {
    try {
      checkName(name)
      await this.manager.load(name, override)
    } catch (cause) {
      if (cause instanceof RequestError || !(cause instanceof AshlarError)) throw cause
      throw new RequestError('INVALID_ARGUMENT', {
        where: `model ${JSON.stringify(name)}`,
        expected: `failed to load: ${cause.message}`,
        cause,
      })
    }
  }

  /**
   * Stops serving a model; requests under way are answered first.
   *
   * @throws RequestError when it is not known.
   */
  async unload(name: string): Promise<void> {
    checkName(name)
    await this.manager.unload(name)
  }

  /** Says that it is not ready any more, while it still answers: so that whoever sends requests stops before it ends. */
  becomeUnready(): void {
    this.leaving = true
  }

  /** Takes no further requests. Resolves when those under way are answered. */
  async drain(): Promise<void> {
    this.leaving = true
    this.refusing = true
    await this.manager.drain()
  }

  /** Ends the processes of all sessions at once. */
  close(): Promise<void> {
    return this.manager.close()
  }
}

function checkName(name: string): void {
  if (MODEL_NAME.test(name)) return
  throw new RequestError('INVALID_ARGUMENT', {
    where: 'model name',
    expected: 'must be letters, digits, dots, dashes and underscores, at most 128',
    given: name,
  })
}
