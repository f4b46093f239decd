import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type {} from '../launcher.ts'
import { kubernetesLauncher } from './kubernetes.ts'
import { GRACE, KEEP } from './options.ts'

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/

/** A name of the API. */
function named(): z.ZodString {
  const error = 'must be a name as Kubernetes takes it: lower case letters, digits, - and .'
  return z.string().regex(NAME, { error })
}

const namespace = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'must be a namespace: lower case letters, digits and -',
})

const image = z.string().regex(/^[\w][\w.:/@+-]*$/, {
  error: 'must be an image: images.example.org/team/ashlar:1.0',
})

const folder = z.string().regex(/^\/[^:\0]*$/, {
  error: 'must be an absolute path, and without a colon',
})

const LABEL = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/

const key = z
  .string()
  .regex(LABEL, { error: 'must be a key as Kubernetes takes it: gpu, or example.org/gpu' })

const labelValue = z.string().regex(/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/, {
  error: "must be a label's value: letters, digits, -, _ and .",
})

const quantity = z.union([
  z.number().positive(),
  z.string().regex(/^\d+(\.\d+)?(m|k|[KMGTPE]i|[MGTPE])?$/, {
    error: 'must be an amount as Kubernetes takes it: 2, 500m, 4Gi',
  }),
])

const amounts = z.record(key, quantity)

/** Names of what nobody else is to know. */
const SECRET =
  /(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|(API|ACCESS|PRIVATE|ENCRYPTION)_?KEY)(_?ID)?$/i

const secretKey = z.strictObject({
  secret: named(),
  key: z.string().regex(/^[\w.-]+$/, { error: 'must be a key of a secret' }),
})

const env = z
  .record(
    z.string().regex(/^[A-Za-z_]\w*$/, { error: 'must be the name of a variable' }),
    z.union([z.string(), secretKey]),
  )
  .superRefine((variables, context) => {
    for (const [name, value] of Object.entries(variables)) {
      if (typeof value !== 'string' || !SECRET.test(name)) continue
      const message = `must be kept by the cluster and not written into a file: {secret: NAME, key: ${name}}`
      context.addIssue({ code: 'custom', path: [name], message })
    }
  })

const toleration = z
  .strictObject({
    key: key.optional(),
    operator: z.enum(['Exists', 'Equal']).optional(),
    value: labelValue.optional(),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
    tolerationSeconds: z.int().min(0).optional(),
  })
  .refine(({ operator, value }) => operator !== 'Exists' || value === undefined, {
    error: 'must have no value where the operator is Exists',
  })
  .refine(({ operator, key }) => operator === 'Exists' || key !== undefined, {
    error: 'must have a key, or the operator Exists',
  })
  .refine(
    ({ effect, tolerationSeconds }) => tolerationSeconds === undefined || effect === 'NoExecute',
    {
      error: 'must have the effect NoExecute where it has tolerationSeconds',
    },
  )

/** Options as the command line and files give them. */
const optionsSchema = z.strictObject({
  image: image.describe('Image with Ashlar in it.'),
  claim: named().describe('PersistentVolumeClaim that holds the folder of runs.'),
  shared: folder
    .optional()
    .describe("Where that claim is mounted here; by default the folder that the sweep's is in."),
  mount: folder.optional().describe('Where it is mounted in a pod; by default where it is here.'),
  home: folder.optional().describe("In a pod: where the experiment's plugins and data lie."),
  command: z
    .array(z.string().min(1))
    .min(1)
    .default(['ashlar'])
    .describe('Starts Ashlar in a pod.'),
  apply: z
    .boolean()
    .default(false)
    .describe('Make Jobs in the cluster of the kubeconfig, and not only write them.'),
  context: z.string().min(1).optional().describe('Context of the kubeconfig.'),
  namespace: namespace.optional().describe("Namespace; by default the context's."),
  parallelism: z.int().positive().optional().describe('Pods of a Job at once; by default all.'),
  requests: amounts
    .optional()
    .describe('Resources of a pod at least: {cpu: 2, memory: 4Gi}; cpu is its threads by default.'),
  limits: amounts.optional().describe('Resources of a pod at most: {memory: 4Gi}.'),
  nodeSelector: z.record(key, labelValue).optional().describe('Labels that a node must have.'),
  tolerations: z.array(toleration).optional().describe('Taints of nodes that trials tolerate.'),
  env: env
    .optional()
    .describe('Variables of a trial: {NAME: text}, or {NAME: {secret: name, key: name}}.'),
  envFrom: z.array(named()).optional().describe('Secrets, all of whose keys become variables.'),
  serviceAccount: named().optional().describe('Service account of the pods.'),
  pullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .optional()
    .describe('Pulls of the image.'),
  pullSecrets: z.array(named()).optional().describe('Secrets by which the image is pulled.'),
  user: z.int().min(0).optional().describe('User who writes into the folder of runs.'),
  group: z.int().min(0).optional().describe('Group of what is written there.'),
  retries: z
    .int()
    .min(0)
    .default(0)
    .describe('Pods that an index may lose within its Job; then the sweep begins it again.'),
  grace: z.int().positive().default(GRACE).describe('Seconds to leave a checkpoint in.'),
  keep: z.int().min(60).default(KEEP).describe('Seconds after which a finished Job is removed.'),
  interval: z.number().positive().default(5).describe('Seconds between two looks.'),
  ahead: z.int().positive().default(256).describe('Trials that the cluster has at once.'),
  array: z.int().positive().max(100_000).default(1000).describe('Indexes of one Job, at most.'),
})

/** `kubernetes` as a plugin. */
export const kubernetesPlugin: Plugin<'launcher'> = definePlugin({
  kind: 'launcher',
  name: 'kubernetes',
  aliases: ['k8s'],
  description:
    'Indexed Jobs of Kubernetes, written for kubectl or made by its client; pods share the folder of runs.',
  options: optionsSchema,
  create: (options) => kubernetesLauncher(options),
})
