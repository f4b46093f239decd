import { type ChildProcess, spawn } from 'node:child_process'

/** As much of a Job as a cluster goes by. */
export interface ClusterJob {
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly completions: number
    readonly parallelism: number
    readonly backoffLimitPerIndex: number
    readonly suspend?: boolean
    readonly podFailurePolicy?: {
      readonly rules: readonly {
        readonly action: string
        readonly onExitCodes?: { readonly values: readonly number[] }
        readonly onPodConditions?: readonly { readonly type: string }[]
      }[]
    }
    readonly template: {
      readonly metadata?: object
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly volumes: readonly {
          readonly name: string
          readonly persistentVolumeClaim: { readonly claimName: string }
        }[]
        readonly containers: readonly {
          readonly command: readonly string[]
          readonly args: readonly string[]
          readonly env?: readonly { readonly name: string; readonly value?: string }[]
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
        }[]
      }
    }
  }
}

/** A pod of an index. */
export interface Pod {
  readonly name: string
  readonly index: number
  readonly made: string
  readonly child: ChildProcess | undefined
  printed: string
  /** Whether the cluster takes it away. */
  isDisrupted: boolean
  code: number | undefined
  reason: string
}

/** A Job with what has become of it. */
export interface Kept {
  readonly job: ClusterJob
  readonly pods: Pod[]
  readonly completed: Set<number>
  readonly failed: Set<number>
  readonly failures: Map<number, number>
  deleted: string | undefined
}

/** What the controller of Jobs, the scheduler and the kubelets do. Pods are processes of this machine. */
export class JobControl {
  /** Why no pod starts, in the words of the scheduler. */
  unschedulable: string | undefined
  readonly all: Map<string, Kept> = new Map()
  readonly #claims: Readonly<Record<string, string>>
  readonly #starts: boolean
  #count = 0

  /** @param claims folders here of claims for volumes. @param starts whether pods start anything. */
  constructor(claims: Readonly<Record<string, string>>, starts: boolean) {
    this.#claims = claims
    this.#starts = starts
  }

  add(job: ClusterJob): Kept {
    const kept: Kept = {
      ...{ job, pods: [], completed: new Set(), failed: new Set() },
      ...{ failures: new Map(), deleted: undefined },
    }
    this.all.set(job.metadata.name, kept)
    this.#control(kept)
    return kept
  }

  /** Indexes whose pods run. */
  running(): { readonly job: string; readonly index: number }[] {
    return [...this.all].flatMap(([job, { pods }]) =>
      pods.flatMap(({ index, code }) => (code === undefined ? { job, index } : [])),
    )
  }

  /** Kills all processes of an index's pod, as a node that is lost does, or the memory's limit. */
  kill(index: number): void {
    for (const pod of this.#podsOf(index)) {
      pod.reason = 'OOMKilled'
      signal(pod, 'SIGKILL')
    }
  }

  /** Takes an index's pod away for one elsewhere, as a node that is drained does. */
  evict(index: number): void {
    for (const pod of this.#podsOf(index)) {
      pod.isDisrupted = true
      signal(pod, 'SIGTERM')
    }
  }

  /** Starts what could not be placed before. */
  place(): void {
    this.unschedulable = undefined
    for (const kept of this.all.values()) this.#control(kept)
  }

  /** Ends everything at once. */
  end(): void {
    for (const { pods } of this.all.values()) for (const pod of pods) signal(pod, 'SIGKILL')
  }

  #podsOf(index: number): Pod[] {
    const all = [...this.all.values()].flatMap(({ pods }) => pods)
    return all.filter((pod) => pod.index === index && pod.code === undefined)
  }

  /** Deletes a Job: its pods have their time, and go before it. */
  remove(name: string): void {
    const kept = this.all.get(name)!
    kept.deleted ??= new Date().toISOString()
    for (const pod of kept.pods) if (pod.code === undefined) signal(pod, 'SIGTERM')
    const { terminationGracePeriodSeconds } = kept.job.spec.template.spec
    setTimeout(() => {
      for (const pod of kept.pods) signal(pod, 'SIGKILL')
    }, terminationGracePeriodSeconds * 1000).unref()
    this.#control(kept)
  }

  /** Forgets a Job that has come to its end, as its time to live is up. */
  forget(name: string): void {
    this.all.delete(name)
  }

  /** What the controller of Jobs does. */
  #control(kept: Kept): void {
    const { job, pods, completed, failed, deleted } = kept
    const alive = pods.filter(({ code }) => code === undefined)
    if (deleted !== undefined) {
      if (alive.length === 0) this.all.delete(job.metadata.name)
      return
    }
    if (job.spec.suspend || this.unschedulable !== undefined) return
    const busy = new Set(alive.map(({ index }) => index))
    for (let index = 0; index < job.spec.completions; index++) {
      if (busy.size >= job.spec.parallelism) return
      if (completed.has(index) || failed.has(index) || busy.has(index)) continue
      this.#start(kept, index)
      busy.add(index)
    }
  }

  #start(kept: Kept, index: number): void {
    const { spec } = kept.job.spec.template
    const container = spec.containers[0]!
    const values: Record<string, string> = { JOB_COMPLETION_INDEX: String(index) }
    for (const { name, value } of container.env ?? []) if (value !== undefined) values[name] = value
    const mounts = container.volumeMounts.map(({ name, mountPath }) => {
      const claim = spec.volumes.find((each) => each.name === name)!.persistentVolumeClaim.claimName
      return { mountPath, folder: this.#claims[claim] }
    })
    const words = [...container.command, ...container.args].map((word) => {
      const text = expanded(word, values)
      // What stands for a container's own root: a folder of a claim is where it is here.
      const mount = mounts.find(
        ({ mountPath }) => text === mountPath || text.startsWith(`${mountPath}/`),
      )
      return mount?.folder === undefined ? text : mount.folder + text.slice(mount.mountPath.length)
    })
    const child = !this.#starts
      ? undefined
      : spawn(words[0]!, words.slice(1), {
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { ...process.env, ...values },
        })
    const pod: Pod = {
      ...{ name: `${kept.job.metadata.name}-${index}-${++this.#count}`, index, child },
      ...{
        made: new Date(Date.now() + this.#count).toISOString(),
        printed: '',
        isDisrupted: false,
      },
      ...{ code: undefined, reason: 'Error' },
    }
    kept.pods.push(pod)
    for (const stream of [child?.stdout, child?.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        pod.printed = (pod.printed + String(bytes)).slice(-2000)
      })
    }
    child?.once('close', (code, by) =>
      this.#ended(kept, pod, code ?? (by === 'SIGKILL' ? 137 : 143)),
    )
  }

  /** An index's pod ends so, where pods start nothing. */
  finish(name: string, index: number, code: number, printed = ''): void {
    const kept = this.all.get(name)!
    const pod = kept.pods.find((each) => each.index === index && each.code === undefined)!
    pod.printed = printed
    this.#ended(kept, pod, code)
  }

  #ended(kept: Kept, pod: Pod, code: number): void {
    pod.code = code
    const { index } = pod
    const { backoffLimitPerIndex, podFailurePolicy } = kept.job.spec
    const rule = podFailurePolicy?.rules.find(
      ({ onExitCodes, onPodConditions }) =>
        onExitCodes?.values.includes(code) || (onPodConditions !== undefined && pod.isDisrupted),
    )
    if (code === 0) kept.completed.add(index)
    else if (rule?.action === 'FailIndex') kept.failed.add(index)
    else if (rule?.action !== 'Ignore') {
      const failures = (kept.failures.get(index) ?? 0) + 1
      kept.failures.set(index, failures)
      if (failures > backoffLimitPerIndex) kept.failed.add(index)
    }
    this.#control(kept)
  }
}

/** What a kubelet makes of a word: `$(NAME)` is a variable, `$$(NAME)` is `$(NAME)`. */
function expanded(word: string, values: Readonly<Record<string, string>>): string {
  return word.replace(/\$\$|\$\(([^)]*)\)/g, (found, name: string | undefined) => {
    if (found === '$$') return '$'
    return values[name ?? ''] ?? found
  })
}

/** To all processes of a pod. */
function signal({ child, code }: Pod, by: NodeJS.Signals): void {
  if (child?.pid === undefined || code !== undefined) return
  try {
    process.kill(-child.pid, by)
  } catch {
    // It has just gone.
  }
}
