import { isAbsolute, relative, resolve, sep } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import type {
  V1EnvVar,
  V1Job,
  V1PodSecurityContext,
  V1PodSpec,
  V1Toleration,
} from '@kubernetes/client-node'
import type { Batch } from '../../store/batch.ts'
import { shortDigest } from '../../trials/digest.ts'
import type { LaunchContext } from '../launcher.ts'
import { GRACE, KEEP, type KubernetesOptions, type Variable } from './options.ts'

/** What tells the Jobs of a sweep, and their pods, from all others: a digest of the sweep's folder. */
export const SWEEP_LABEL = 'ashlar/sweep'

/** What a Job does: the digest of its batch. A label is too short for it. */
export const BATCH_NOTE = 'ashlar/batch'

/** The container of a pod that trains. */
const CONTAINER = 'trial'

/** What the sweeps of a folder are labelled by. */
export function sweepLabel({ folder }: Pick<LaunchContext, 'folder'>): string {
  return shortDigest(folder)
}

/** What a Job is told of its sweep. */
type JobContext = Pick<LaunchContext, 'sweep' | 'folder'>

/** What a batch's Job is called. Its pods are called after it, so it is short. */
export function jobName(
  { sweep }: Pick<LaunchContext, 'sweep'>,
  { digest }: Pick<Batch, 'digest'>,
): string {
  const readable = sweep
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 24)
    .replace(/^-+|-+$/g, '')
  return ['ashlar', readable, digest.slice(0, 12)].filter((each) => each !== '').join('-')
}

/**
 * An Indexed Job that does a batch: pod N of it does the task of index N, by `ashlar trial --index N`.
 *
 * A pod that the cluster takes away is replaced by the cluster, which counts nothing. A trial that came to nothing says so by exit code 1 and is not begun again there.
 *
 * @throws ConfigError where the sweep's folder does not lie in the one that machines share.
 */
export function indexedJob(context: JobContext, batch: Batch, options: KubernetesOptions): V1Job {
  const { parallelism, retries = 0, keep = KEEP, namespace } = options
  const count = batch.tasks.length
  const labels = {
    'app.kubernetes.io/name': 'ashlar',
    [SWEEP_LABEL]: sweepLabel(context),
  }
  const annotations = { [BATCH_NOTE]: batch.digest, 'ashlar/name': context.sweep }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: defined({ name: jobName(context, batch), namespace, labels, annotations }),
    spec: {
      completionMode: 'Indexed',
      completions: count,
      parallelism: Math.min(count, parallelism ?? count),
      backoffLimitPerIndex: retries,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          {
            action: 'FailIndex',
            onExitCodes: { containerName: CONTAINER, operator: 'In', values: [1] },
          },
        ],
      },
      ttlSecondsAfterFinished: keep,
      template: { metadata: { labels, annotations }, spec: podOf(context, batch, options) },
    },
  }
}

function podOf(context: JobContext, batch: Batch, options: KubernetesOptions): V1PodSpec {
  const { image, claim, command = ['ashlar'], home, grace = GRACE, pullPolicy } = options
  const { nodeSelector, tolerations, serviceAccount, pullSecrets, env, envFrom, limits } = options
  const { mount, folder } = placeOf(context.folder, options)
  const trial = ['trial', folder, '--batch', batch.digest, '--index', INDEX, '--trust']
  const args = home === undefined ? trial : [...trial, '--home', home]
  return defined({
    // An index is begun again by a pod of its own, and a policy for failed pods asks for it.
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: grace,
    nodeSelector,
    tolerations: tolerations?.map((each): V1Toleration => defined({ ...each })),
    serviceAccountName: serviceAccount,
    imagePullSecrets: pullSecrets?.map((name) => ({ name })),
    securityContext: identity(options),
    volumes: [{ name: 'runs', persistentVolumeClaim: { claimName: claim } }],
    containers: [
      defined({
        name: CONTAINER,
        image,
        imagePullPolicy: pullPolicy,
        command: command.map(literal),
        args: args.map((each) => (each === INDEX ? each : literal(each))),
        env: env && Object.entries(env).map(variable),
        envFrom: envFrom?.map((name) => ({ secretRef: { name } })),
        resources: {
          requests: amounts({ cpu: batch.tasks[0]!.threads, ...options.requests }),
          ...(limits !== undefined && { limits: amounts(limits) }),
        },
        volumeMounts: [{ name: 'runs', mountPath: mount }],
        // What it printed last is said where it died without a word of its own.
        terminationMessagePolicy: 'FallbackToLogsOnError',
      }),
    ],
  })
}

/** What the cluster puts an index in place of. */
const INDEX = '$(JOB_COMPLETION_INDEX)'

/** A word in which the cluster puts nothing in place of anything: `$(` may stand in a name of a folder. */
function literal(word: string): string {
  return word.replaceAll('$(', () => '$$(')
}

function variable([name, value]: [string, Variable]): V1EnvVar {
  if (typeof value === 'string') return { name, value: literal(value) }
  return { name, valueFrom: { secretKeyRef: { name: value.secret, key: value.key } } }
}

function identity({ user, group }: KubernetesOptions): V1PodSecurityContext | undefined {
  if (user === undefined && group === undefined) return undefined
  return defined({ runAsUser: user, runAsGroup: group, fsGroup: group })
}

function amounts(of: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(of).map(([name, amount]) => [name, String(amount)]))
}

/** Where the folder of runs is in a pod, and the sweep's within it. */
function placeOf(
  path: string,
  { shared, mount }: KubernetesOptions,
): { mount: string; folder: string } {
  const root = sharedFolder(resolve(path, '..'), { shared })
  const there = mount ?? root
  const within = relative(root, path).split(sep).join('/')
  return { mount: there, folder: `${there === '/' ? '' : there.replace(/\/+$/, '')}/${within}` }
}

/** The folder here that machines share. @param out where sweeps are put. @throws ConfigError where that is not in it. */
export function sharedFolder(out: string, { shared }: Pick<KubernetesOptions, 'shared'>): string {
  const root = resolve(shared ?? out)
  const within = relative(root, out)
  if (!within.startsWith('..') && !isAbsolute(within)) return root
  throw new ConfigError({
    where: '--launcher kubernetes',
    expected: `the sweep's folder must lie in the one that the claim holds, ${root}`,
    given: out,
    hint: 'Put it there: --out DIR.',
  })
}

/** Without what is undefined. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}
