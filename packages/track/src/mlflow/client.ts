import { DataError } from '@ashlar/errors'

/** Waiting longer than this for an answer is a failure. */
const TIMEOUT_MS = 30_000

/** A number of a run at a step. */
export interface MlflowMetric {
  readonly key: string
  /** `NaN` and `Infinity` as text, which JSON has no numbers for. */
  readonly value: number | string
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly step: number
}

/** A name and what it stands for. */
export interface MlflowPair {
  readonly key: string
  readonly value: string
}

/** Where a run is. */
export type MlflowStatus = 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED'

/** A run that MLflow knows. */
export interface MlflowRun {
  readonly id: string
  /** Where its artifacts are: `mlflow-artifacts:/0/.../artifacts` for a server that takes them. */
  readonly artifacts: string
}

/** A run and what has been logged to it. */
export interface LoggedRun extends MlflowRun {
  readonly params: ReadonlyMap<string, string>
  /** The last step of each metric. */
  readonly steps: ReadonlyMap<string, number>
}

/** How MLflow writes runs. */
interface RunAnswer {
  readonly info: { readonly run_id: string; readonly artifact_uri: string }
  readonly data?: { readonly metrics?: readonly MlflowMetric[]; readonly params?: MlflowPair[] }
}

/** Calls of MLflow's REST API, version 2.0, as far as logging needs them. */
export class MlflowClient {
  readonly #url: string

  /** @param url of the tracking server: `http://127.0.0.1:5000`. */
  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '')
  }

  /** The id of an experiment by name; made if need be. */
  async experiment(name: string): Promise<string> {
    const query = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`
    const found = await this.#send('GET', `api/2.0/mlflow/${query}`)
    if (found.ok) {
      return ((await found.json()) as { experiment: { experiment_id: string } }).experiment
        .experiment_id
    }
    if (found.status !== 404) throw await this.#refused(found)
    const made = await this.#call<{ experiment_id: string }>('experiments/create', { name })
    return made.experiment_id
  }

  async createRun(
    experiment: string,
    { name, began, tags }: { name: string; began: number; tags: readonly MlflowPair[] },
  ): Promise<LoggedRun> {
    const { run } = await this.#call<{ run: RunAnswer }>('runs/create', {
      experiment_id: experiment,
      run_name: name,
      start_time: began,
      tags,
    })
    return loggedRun(run)
  }

  /** The run of an experiment that has a tag; undefined where there is none, or it was deleted. */
  async findRun(experiment: string, { key, value }: MlflowPair): Promise<LoggedRun | undefined> {
    const { runs = [] } = await this.#call<{ runs?: readonly RunAnswer[] }>('runs/search', {
      experiment_ids: [experiment],
      filter: `tags.\`${key}\` = '${value}'`,
      max_results: 1,
    })
    return runs[0] && loggedRun(runs[0])
  }

  /** At most 1000 metrics, 100 parameters and 100 tags in one call. */
  async log(
    run: MlflowRun,
    what: {
      readonly metrics?: readonly MlflowMetric[]
      readonly params?: readonly MlflowPair[]
      readonly tags?: readonly MlflowPair[]
    },
  ): Promise<void> {
    await this.#call('runs/log-batch', { run_id: run.id, ...what })
  }

  /** @param ended milliseconds since 1970, of a run that is over. */
  async setStatus(run: MlflowRun, status: MlflowStatus, ended?: number): Promise<void> {
    await this.#call('runs/update', { run_id: run.id, status, end_time: ended })
  }

  /**
   * Where a run's artifacts go on the server.
   *
   * @throws DataError when the server does not take artifacts itself.
   */
  artifactPath({ artifacts }: MlflowRun): string {
    const [, path] = artifacts.match(/^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/) ?? []
    if (path !== undefined) return path
    throw new DataError({
      where: this.#url,
      expected: 'the server must take artifacts (mlflow server --serve-artifacts)',
      given: artifacts,
      hint: 'Or set artifacts=false.',
    })
  }

  /**
   * Puts a file among the artifacts of a run.
   *
   * @throws DataError when the server does not take artifacts itself.
   */
  async upload(run: MlflowRun, name: string, data: Uint8Array): Promise<void> {
    const address = `api/2.0/mlflow-artifacts/artifacts/${this.artifactPath(run)}/${name}`
    const response = await this.#send('PUT', address, data)
    if (!response.ok) throw await this.#refused(response)
  }

  async #call<T>(method: string, body: object): Promise<T> {
    const response = await this.#send('POST', `api/2.0/mlflow/${method}`, JSON.stringify(body))
    if (!response.ok) throw await this.#refused(response)
    return (await response.json()) as T
  }

  async #send(method: string, path: string, body?: string | Uint8Array): Promise<Response> {
    const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream'
    try {
      return await fetch(`${this.#url}/${path}`, {
        method,
        ...(body !== undefined && {
          body: body as NonNullable<RequestInit['body']>,
          headers: { 'content-type': type },
        }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
    } catch (error) {
      const { message, cause } = error as Error
      throw new DataError({
        where: this.#url,
        expected: 'the MLflow server must answer',
        given: cause instanceof Error ? cause.message : message,
        hint: 'Start one with `mlflow server`, or take the callback out.',
        cause: error,
      })
    }
  }

  async #refused(response: Response): Promise<DataError> {
    const text = await response.text().catch(() => '')
    return new DataError({
      where: response.url,
      expected: 'MLflow must take what it is sent',
      given: `${response.status} ${text.slice(0, 300)}`,
    })
  }
}

function loggedRun({ info, data = {} }: RunAnswer): LoggedRun {
  const { metrics = [], params = [] } = data
  return {
    id: info.run_id,
    artifacts: info.artifact_uri,
    params: new Map(params.map(({ key, value }) => [key, value])),
    steps: new Map(metrics.map(({ key, step }) => [key, Number(step)])),
  }
}
