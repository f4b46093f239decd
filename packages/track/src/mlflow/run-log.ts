import {
  type LoggedRun,
  MlflowClient,
  type MlflowMetric,
  type MlflowPair,
  type MlflowStatus,
} from './client.ts'
import { type MlflowMemory, newMemory, readMemory, writeMemory } from './run-memory.ts'

/** MLflow takes so many metrics, parameters and tags at once, and values of that length. */
const LIMITS = { metrics: 1000, pairs: 100, value: 6000 }

/** The tag by which a run is found again. */
const TOKEN = 'ashlar.token'

/** A tag of a parameter that is another one since the run went on: MLflow lets no parameter change. */
const CHANGED = 'changed.'

/** Waiting in vain may take this part of the time: one in so many. */
const PATIENCE = 20

/** Which run to log to. */
export interface RunLogOptions {
  readonly url: string
  /** Name of the experiment. */
  readonly experiment: string
  /** Name of the run, if it has to be made. */
  readonly run: string
  /** Remembers the run. */
  readonly file?: string | undefined
  readonly params?: (() => Promise<Readonly<Record<string, unknown>>>) | undefined
  readonly takesArtifacts: boolean
  /** Of the run, if it has to be made. */
  readonly tags?: readonly MlflowPair[] | undefined
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * Asks the server for the experiment, and remembers what was logged before.
 *
 * @throws DataError when the server does not answer.
 */
export async function openRunLog(options: RunLogOptions): Promise<RunLog> {
  const client = new MlflowClient(options.url)
  const experiment = await client.experiment(options.experiment)
  const before = options.file === undefined ? undefined : await readMemory(options.file)
  return new RunLog(options, { client, experiment, before })
}

/** Logs to one run of MLflow, no step twice. */
export class RunLog {
  readonly #options: RunLogOptions
  readonly #client: MlflowClient
  /** Id. */
  readonly #experiment: string
  readonly #isNew: boolean
  /** The last step of each metric that is known, here or there. */
  readonly #steps = new Map<string, number>()
  #memory: MlflowMemory
  #run: LoggedRun | undefined
  /** Milliseconds since 1970: a server that does not answer is left alone until then. */
  #quietUntil = 0

  constructor(
    options: RunLogOptions,
    known: {
      readonly client: MlflowClient
      readonly experiment: string
      readonly before: MlflowMemory | undefined
    },
  ) {
    this.#options = options
    this.#client = known.client
    this.#experiment = known.experiment
    this.#isNew = known.before === undefined
    this.#memory = known.before ?? newMemory()
  }

  /** Of the run; undefined until it has begun. */
  get id(): string | undefined {
    return this.#run?.id
  }

  get hasBegun(): boolean {
    return this.#run !== undefined
  }

  /** Makes the run, or opens it again; does nothing the second time. */
  async begin(): Promise<void> {
    if (this.#run !== undefined) return
    if (this.#isNew) await this.#remember({})
    const run = await this.#findOrCreate()
    // Better now than after hours of training.
    if (this.#options.takesArtifacts) this.#client.artifactPath(run)
    for (const [key, step] of run.steps) this.#steps.set(key, step)
    for (const { key, step } of this.#memory.waiting) this.#steps.set(key, step)
    await this.#logParams(run)
    await this.#remember({ run: run.id })
    this.#run = run
  }

  /** Logs numbers of a step. Those that the server does not take now wait for the next step, or the end. */
  async add(step: number, values: Readonly<Record<string, number>>): Promise<void> {
    const timestamp = this.#options.clock()
    const added: MlflowMetric[] = []
    for (const [name, number] of Object.entries(values)) {
      const key = nameOf(name)
      // What goes on from a checkpoint comes by steps that were logged before, with the same numbers.
      if (step <= (this.#steps.get(key) ?? -1)) continue
      this.#steps.set(key, step)
      const value = Number.isFinite(number) ? number : String(number)
      added.push({ key, value, timestamp, step })
    }
    this.#memory = { ...this.#memory, waiting: [...this.#memory.waiting, ...added] }
    if (timestamp < this.#quietUntil) return
    const isLate = this.#memory.waiting.length > added.length
    const isSent = await this.#send().then(
      () => true,
      () => false,
    )
    if (!isSent) {
      const now = this.#options.clock()
      this.#quietUntil = now + PATIENCE * (now - timestamp)
    }
    // Also when what was late has gone at last.
    if (!isSent || isLate) await this.#remember({})
  }

  /** Says what may be otherwise the next time, which parameters may not. */
  async tag(values: Readonly<Record<string, unknown>>): Promise<void> {
    const tags = pairsOf(values)
    for (const some of chunks(tags, LIMITS.pairs))
      await this.#client.log(this.#run!, { tags: some })
  }

  /**
   * Sends what waits, and files; then the run is over.
   *
   * @throws DataError when the server does not take them; what waits stays in the file.
   */
  async end(status: MlflowStatus, artifacts: Readonly<Record<string, Uint8Array>>): Promise<void> {
    const run = this.#run!
    try {
      await this.#send()
    } finally {
      await this.#remember({})
    }
    for (const [name, data] of Object.entries(artifacts)) {
      await this.#client.upload(run, name, data)
    }
    await this.#client.setStatus(run, status, this.#options.clock())
  }

  async #findOrCreate(): Promise<LoggedRun> {
    const tag = { key: TOKEN, value: this.#memory.token }
    const found = this.#isNew ? undefined : await this.#client.findRun(this.#experiment, tag)
    if (found !== undefined) {
      await this.#client.setStatus(found, 'RUNNING')
      return found
    }
    const { run: name, clock, tags = [] } = this.#options
    return this.#client.createRun(this.#experiment, { name, began: clock(), tags: [tag, ...tags] })
  }

  async #logParams(run: LoggedRun): Promise<void> {
    const params = pairsOf((await this.#options.params?.()) ?? {})
    const isNew = ({ key }: MlflowPair) => !run.params.has(key)
    const tags = params
      .filter((each) => !isNew(each) && run.params.get(each.key) !== each.value)
      .map(({ key, value }) => ({ key: CHANGED + key, value }))
    for (const some of chunks(params.filter(isNew), LIMITS.pairs)) {
      await this.#client.log(run, { params: some })
    }
    for (const some of chunks(tags, LIMITS.pairs)) await this.#client.log(run, { tags: some })
  }

  async #send(): Promise<void> {
    for (const some of chunks(this.#memory.waiting, LIMITS.metrics)) {
      await this.#client.log(this.#run!, { metrics: some })
      this.#memory = { ...this.#memory, waiting: this.#memory.waiting.slice(some.length) }
    }
  }

  async #remember(changes: Partial<MlflowMemory>): Promise<void> {
    this.#memory = { ...this.#memory, ...changes }
    const { file } = this.#options
    if (file !== undefined) await writeMemory(file, this.#memory)
  }
}

function pairsOf(values: Readonly<Record<string, unknown>>): MlflowPair[] {
  return Object.entries(values).map(([key, value]) => ({
    key: nameOf(key),
    value: String(value).slice(0, LIMITS.value),
  }))
}

/** A name with what MLflow takes in names: letters, digits, and _ . - / : and spaces. */
function nameOf(name: string): string {
  return name.replace(/[^\p{L}\p{N}_.\-/: ]/gu, '_')
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  )
}
