import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it was sent. */
export interface Sent {
  readonly method: string
  /** Without `/api/2.0/`. */
  readonly path: string
  readonly body: string
}

interface Pair {
  readonly key: string
  readonly value: string
}

/** A run as the stand-in keeps it. */
export interface KeptRun {
  readonly id: string
  readonly name: string
  status: string
  readonly statuses: string[]
  readonly params: Pair[]
  readonly tags: Pair[]
  readonly metrics: { readonly key: string; readonly step: number; readonly value: number }[]
  readonly artifacts: string[]
}

/** How the stand-in behaves. */
export interface StandInOptions {
  /** The status of an answer that is no success; `count` is 1 for the first request. */
  readonly refuse?: ((sent: Sent, count: number) => number | undefined) | undefined
  /** Where runs say that their artifacts are. */
  readonly artifacts?: string | undefined
}

/** A stand-in of the MLflow server, as far as logging needs it: it keeps what it is sent. */
export interface StandIn {
  readonly url: string
  readonly sent: readonly Sent[]
  readonly runs: readonly KeptRun[]
}

/** Starts a stand-in for the time of an action. */
export async function withStandIn(
  action: (server: StandIn) => Promise<void>,
  { refuse, artifacts = 'mlflow-artifacts:/7' }: StandInOptions = {},
): Promise<void> {
  const sent: Sent[] = []
  const runs: KeptRun[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const path = request.url!.replace('/api/2.0/', '')
    const one = { method: request.method!, path, body: Buffer.concat(chunks).toString('latin1') }
    sent.push(one)
    const status = refuse?.(one, sent.length)
    const isMissing = path.includes('get-by-name') && !sent.some(isExperiment)
    response.statusCode = status ?? (isMissing ? 404 : 200)
    response.end(JSON.stringify(response.statusCode === 200 ? answer(runs, one, artifacts) : {}))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await action({ url, sent, runs })
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
}

function isExperiment({ path }: Sent): boolean {
  return path.endsWith('experiments/create')
}

function answer(runs: KeptRun[], { method, path, body }: Sent, artifacts: string): object {
  if (method === 'PUT') {
    const [, id, name] = /\/7\/(\w+)\/artifacts\/(.+)$/.exec(path)!
    runs.find((run) => run.id === id)!.artifacts.push(name!)
    return {}
  }
  const given = body === '' ? {} : JSON.parse(body)
  const run = runs.find(({ id }) => id === given.run_id)
  switch (path.replace(/\?.*/, '').replace('mlflow/', '')) {
    case 'experiments/get-by-name':
      return { experiment: { experiment_id: '7' } }
    case 'experiments/create':
      return { experiment_id: '7' }
    case 'runs/create': {
      const made: KeptRun = {
        ...{ id: `r${runs.length + 1}`, name: given.run_name, status: 'RUNNING' },
        ...{ statuses: [], params: [], tags: given.tags, metrics: [], artifacts: [] },
      }
      runs.push(made)
      return { run: written(made, artifacts) }
    }
    case 'runs/search': {
      const [, key, value] = /^tags\.`(.+)` = '(.+)'$/.exec(given.filter)!
      const isIt = (tag: Pair) => tag.key === key && tag.value === value
      const found = runs.filter(({ tags }) => tags.some(isIt))
      return { runs: found.map((each) => written(each, artifacts)) }
    }
    case 'runs/log-batch':
      run!.metrics.push(...(given.metrics ?? []))
      run!.params.push(...(given.params ?? []))
      run!.tags.push(...(given.tags ?? []))
      return {}
    case 'runs/update':
      run!.status = given.status
      run!.statuses.push(given.status)
      return {}
    default:
      throw new Error(`no such call: ${path}`)
  }
}

/** As MLflow writes runs: of each metric the last number. */
function written({ id, params, metrics }: KeptRun, artifacts: string): object {
  const info = { run_id: id, artifact_uri: `${artifacts}/${id}/artifacts` }
  const latest = new Map(metrics.map((metric) => [metric.key, metric]))
  return { info, data: { params, metrics: [...latest.values()] } }
}
