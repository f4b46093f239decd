/** What a variable of a trial's process is: text, or the key of a secret that the cluster keeps. */
export type Variable = string | { readonly secret: string; readonly key: string }

/** What a node may be tainted with and still be given trials. */
export interface Toleration {
  readonly key?: string | undefined
  readonly operator?: 'Exists' | 'Equal' | undefined
  readonly value?: string | undefined
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' | undefined
  readonly tolerationSeconds?: number | undefined
}

/** Options of a Job's pods, and of how it is watched. */
export interface KubernetesOptions {
  /** Image with Ashlar in it. */
  readonly image: string
  /** Name of the PersistentVolumeClaim that holds the folder of runs. */
  readonly claim: string
  /** Where that claim is mounted on this machine; by default the folder that the sweep's folder is in. */
  readonly shared?: string | undefined
  /** Where it is mounted in a pod; by default where it is here. */
  readonly mount?: string | undefined
  /** In a pod: where relative paths of the experiment start. */
  readonly home?: string | undefined
  /** Words that start Ashlar in a pod; `ashlar` by default. */
  readonly command?: readonly string[] | undefined
  /** Has Jobs made by this program; otherwise they are only written down, for `kubectl apply`. */
  readonly apply?: boolean | undefined
  /** Context of the kubeconfig, if not its current one. */
  readonly context?: string | undefined
  /** By default that of the context. */
  readonly namespace?: string | undefined
  /** Pods of a Job at once; all by default. */
  readonly parallelism?: number | undefined
  /** Resources of a pod at least, `{cpu: 2, memory: 4Gi}`; cpu is the number of threads by default. */
  readonly requests?: Readonly<Record<string, string | number>> | undefined
  /** Resources of a pod at most, `{memory: 4Gi, nvidia.com/gpu: 1}`. */
  readonly limits?: Readonly<Record<string, string | number>> | undefined
  /** Labels that a node must have. */
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined
  readonly tolerations?: readonly Toleration[] | undefined
  readonly env?: Readonly<Record<string, Variable>> | undefined
  /** Names of secrets, all of whose keys become variables. */
  readonly envFrom?: readonly string[] | undefined
  readonly serviceAccount?: string | undefined
  readonly pullPolicy?: 'Always' | 'IfNotPresent' | 'Never' | undefined
  /** Names of secrets by which the image is pulled. */
  readonly pullSecrets?: readonly string[] | undefined
  /** User, and group, whose files the folder of runs has. */
  readonly user?: number | undefined
  readonly group?: number | undefined
  /** Pods that an index may lose before the sweep hears of it, 0 by default: then the sweep begins it again. */
  readonly retries?: number | undefined
  /** Seconds that a trial has to leave its checkpoint, 60 by default. */
  readonly grace?: number | undefined
  /** Seconds after which a finished Job is removed, 3600 by default. */
  readonly keep?: number | undefined
  /** Seconds between two looks, 5 by default. */
  readonly interval?: number | undefined
  /** Tasks that the cluster has at once, 256 by default. */
  readonly ahead?: number | undefined
  /** Indexes of one Job, 1000 by default. */
  readonly array?: number | undefined
}

/** Seconds that a trial has to leave its checkpoint. */
export const GRACE = 60

/** Seconds for which a finished Job can still be looked at. */
export const KEEP = 3600
