import { ConfigError } from '@ashlar/errors'
import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { SWEEP_LABEL } from './job.ts'

/** Milliseconds that the API may take for an answer. */
const LONGEST = 60_000

/** Answers that may be others the next time, beside those of 500 and above. */
const PASSING = new Set([408, 425, 429])

/** What the API says instead of an answer, and may not the next time. */
export class KubernetesError extends Error {}

/** What is asked of a cluster, in one namespace. */
export interface KubernetesClient {
  readonly namespace: string
  /** Makes a Job; one that is there already is left as it is. @param isDry only asks whether it would. */
  create(job: V1Job, isDry?: boolean): Promise<void>
  jobs(label: string): Promise<V1Job[]>
  /** Pods of all Jobs; none where it may not be asked for them. */
  pods(label: string): Promise<V1Pod[]>
  /** Ends a Job; it goes when its pods have gone. One that is not there is no error. */
  remove(name: string): Promise<void>
}

/** Which cluster. */
export interface ClientOptions {
  readonly context?: string | undefined
  readonly namespace?: string | undefined
}

/**
 * The cluster of the kubeconfig: `KUBECONFIG`, `~/.kube/config`, or that which this process is a pod of.
 *
 * @throws ConfigError where the client is not installed, and where there is no kubeconfig or context.
 */
export async function connectCluster({
  context,
  namespace,
}: ClientOptions): Promise<KubernetesClient> {
  const kubernetes = await import('@kubernetes/client-node').catch((cause: unknown) => {
    throw new ConfigError({
      where: '--launcher kubernetes',
      expected: 'needs the package @kubernetes/client-node to make Jobs',
      hint: 'npm install @kubernetes/client-node; without apply: true, Jobs are written for kubectl.',
      cause,
    })
  })
  const config = new kubernetes.KubeConfig()
  try {
    config.loadFromDefault()
  } catch (cause) {
    throw noConfig((cause as Error).message, cause)
  }
  if (context !== undefined) config.setCurrentContext(context)
  const named = config.getContextObject(config.getCurrentContext())
  const cluster = config.getCurrentCluster()
  // What it takes where it finds nothing.
  const isNone =
    cluster === null || (cluster.name === 'cluster' && cluster.server === 'http://localhost:8080')
  if (named === null || isNone) {
    const known = config.getContexts().map(({ name }) => name)
    const given = context === undefined ? undefined : `${context}, of ${known.join(', ') || 'none'}`
    throw noConfig(given)
  }
  const space = namespace ?? named.namespace ?? 'default'
  const batch = config.makeApiClient(kubernetes.BatchV1Api)
  const core = config.makeApiClient(kubernetes.CoreV1Api)
  const ask = <T>(what: string, request: Promise<T>) => answer(what, request)
  const selector = (label: string) => `${SWEEP_LABEL}=${label}`
  let mayAskForPods = true
  return {
    namespace: space,
    async create(job, isDry = false) {
      const made = batch.createNamespacedJob({
        ...{ namespace: space, body: job, fieldValidation: 'Strict' },
        ...(isDry && { dryRun: 'All' }),
      })
      await ask('create a Job', made).catch((error: unknown) => {
        // The answer to an earlier request was lost: names are those of batches.
        if (codeOf(error) !== 409) throw error
      })
    },
    async jobs(label) {
      const listed = batch.listNamespacedJob({ namespace: space, labelSelector: selector(label) })
      return (await ask('list Jobs', listed)).items
    },
    async pods(label) {
      if (!mayAskForPods) return []
      const listed = core.listNamespacedPod({ namespace: space, labelSelector: selector(label) })
      return ask('list pods', listed).then(
        ({ items }) => items,
        (error: unknown) => {
          if (codeOf(error) !== 403) throw error
          // They only say more.
          mayAskForPods = false
          return []
        },
      )
    },
    async remove(name) {
      const removed = batch.deleteNamespacedJob({
        ...{ name, namespace: space, propagationPolicy: 'Foreground' },
      })
      await ask('delete a Job', removed).catch((error: unknown) => {
        if (codeOf(error) !== 404) throw error
      })
    },
  }
}

function noConfig(given?: string, cause?: unknown): ConfigError {
  return new ConfigError({
    where: '--launcher kubernetes',
    expected: 'needs a kubeconfig that says which cluster',
    given,
    hint: 'Does kubectl get jobs answer here? KUBECONFIG says where the file is, the option context which cluster of it.',
    cause,
  })
}

/** Waits for an answer, but not for ever. @throws ConfigError for what would be refused again, KubernetesError for what may not. */
async function answer<T>(what: string, request: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const text = `no answer within ${LONGEST / 1000} seconds`
    timer = setTimeout(() => reject(new KubernetesError(text)), LONGEST)
  })
  try {
    return await Promise.race([request, late])
  } catch (cause) {
    const code = codeOf(cause)
    const said = saidBy(cause)
    if (code === undefined || code >= 500 || PASSING.has(code)) {
      throw new KubernetesError(`cannot ${what}: ${said}`, { cause })
    }
    throw new ConfigError({
      where: '--launcher kubernetes',
      expected: `the cluster must let this user ${what}`,
      given: said,
      hint: 'Its options are those of the launcher; kubectl auth can-i create jobs says what is allowed.',
      cause,
    })
  } finally {
    clearTimeout(timer)
  }
}

/** The HTTP status of an answer, if there was one. */
function codeOf(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'number') return code
  }
  return undefined
}

/** What the API says of itself, which is short, and not what the client makes of it. */
function saidBy(error: unknown): string {
  const { body, message } = error as { body?: unknown; message: string }
  const text =
    typeof body === 'string' ? statusMessage(body) : (body as { message?: unknown })?.message
  return typeof text === 'string' && text !== '' ? text : plain(message)
}

/** Without where and how it was asked. */
function plain(message: string): string {
  const [said = ''] = message.split('\nHeaders')
  return said.replace(/^request to \S+ failed, reason: /, '').replaceAll('\n', ' ')
}

function statusMessage(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
