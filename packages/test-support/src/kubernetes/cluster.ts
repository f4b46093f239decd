import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ClusterJob, JobControl } from './job-control.ts'
import { shownJob, shownPods } from './shown.ts'

/** How a cluster behaves. */
export interface ClusterOptions {
  /** What is wrong with a Job, if anything. */
  check?(job: unknown): string | undefined
  /** Folders here of claims for volumes. */
  readonly claims?: Readonly<Record<string, string>>
  /** Whether pods start anything. */
  readonly starts?: boolean
}

/** An API server of Kubernetes with all that is behind it, as far as Indexed Jobs go by it. The pods are processes of this machine. */
export class KubernetesCluster {
  /** Every request, in order: `POST /apis/batch/v1/namespaces/default/jobs`. */
  readonly requests: string[] = []
  /** Refuses everything so, as long as it is set: HTTP status and message, or hangs up. */
  refuses: { readonly code: number; readonly message: string } | 'hangs up' | undefined
  /** Refuses requests of this kind, as `refuses` does everything. */
  readonly forbidden: Set<string> = new Set()
  readonly #options: ClusterOptions
  /** All Jobs that were ever made. */
  readonly made: ClusterJob[] = []
  readonly control: JobControl
  #server: Server | undefined
  #port = 0

  constructor(options: ClusterOptions = {}) {
    this.#options = options
    this.control = new JobControl(options.claims ?? {}, options.starts ?? true)
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** A kubeconfig that leads here. */
  get kubeconfig(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'tests',
      contexts: [{ name: 'tests', context: { cluster: 'c', user: 'u', namespace: 'trials' } }],
      clusters: [{ name: 'c', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 'test-token' } }],
    })
  }

  /** Listens, on the port that it had before if there was one. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
  }

  /** Nobody answers any more; pods go on. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    server?.closeAllConnections()
    await new Promise((resolve) =>
      server === undefined ? resolve(undefined) : server.close(resolve),
    )
  }

  /** Ends everything. */
  async end(): Promise<void> {
    await this.close()
    this.control.end()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request
    const url = new URL(request.url ?? '/', this.url)
    const asked = `${method} ${url.pathname}`
    this.requests.push(asked)
    const say = (code: number, body: object) => {
      response.writeHead(code, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    const refuse = (code: number, message: string) =>
      say(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code })
    let text = ''
    for await (const chunk of request) text += String(chunk)
    if (this.refuses === 'hangs up') return void request.socket.destroy()
    if (this.refuses !== undefined) return refuse(this.refuses.code, this.refuses.message)
    if (headers.authorization !== 'Bearer test-token') return refuse(401, 'Unauthorized')
    const [, group, space, kind, name] =
      /^\/(apis\/batch\/v1|api\/v1)\/namespaces\/([^/]+)\/(jobs|pods)(?:\/([^/]+))?$/.exec(
        url.pathname,
      ) ?? []
    if (group === undefined || (kind === 'jobs') !== (group === 'apis/batch/v1')) {
      return refuse(404, 'the server could not find the requested resource')
    }
    if (this.forbidden.has(`${method} ${kind}`)) {
      return refuse(403, `${kind} is forbidden: User "u" cannot do that`)
    }
    const selected = selects(url.searchParams.get('labelSelector') ?? '')
    if (method === 'GET' && kind === 'jobs') {
      const items = [...this.control.all.values()].filter(({ job }) =>
        selected(job.metadata.labels),
      )
      return say(200, {
        kind: 'JobList',
        apiVersion: 'batch/v1',
        metadata: {},
        items: items.map(shownJob),
      })
    }
    if (method === 'GET' && kind === 'pods') {
      const items = [...this.control.all.values()].flatMap((kept) =>
        selected(kept.job.metadata.labels) ? shownPods(kept, this.control.unschedulable) : [],
      )
      return say(200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items })
    }
    if (method === 'POST' && kind === 'jobs') {
      if (space !== 'trials') return refuse(404, `namespaces "${space}" not found`)
      const job = JSON.parse(text) as ClusterJob
      const wrong = this.#options.check?.(job)
      if (wrong !== undefined) return refuse(422, `Job is invalid: ${wrong}`)
      if (this.control.all.has(job.metadata.name)) {
        return refuse(409, `jobs.batch "${job.metadata.name}" already exists`)
      }
      if (url.searchParams.get('dryRun') === 'All') return say(201, job)
      this.made.push(job)
      return say(201, shownJob(this.control.add(job)))
    }
    const kept = this.control.all.get(name ?? '')
    if (method === 'DELETE' && kept !== undefined) {
      this.control.remove(kept.job.metadata.name)
      return say(200, shownJob(kept))
    }
    return refuse(404, `jobs.batch "${name}" not found`)
  }
}

function selects(selector: string): (labels?: Readonly<Record<string, string>>) => boolean {
  const wanted = selector.split(',').flatMap((each) => (each === '' ? [] : [each.split('=')]))
  return (labels = {}) => wanted.every(([key, value]) => labels[key!] === value)
}
