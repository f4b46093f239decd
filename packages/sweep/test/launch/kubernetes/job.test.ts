import { writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import {
  indexedJob,
  jobName,
  sharedFolder,
  sweepLabel,
} from '../../../src/launch/kubernetes/job.ts'
import { jobText, readJobs, writeJob } from '../../../src/launch/kubernetes/job-file.ts'
import type { KubernetesOptions } from '../../../src/launch/kubernetes/options.ts'
import { jobProblem } from '../../support/job-schema.ts'
import { inScratch } from '../../support/sweep.ts'
import { plainTask } from '../../support/task.ts'

const test = suite('Indexed Jobs')

const PLAIN = { image: 'images.example.org/team/ashlar:1.0', claim: 'runs' }

const BATCH = { digest: 'ab'.repeat(32), tasks: [plainTask('1'), plainTask('2'), plainTask('3')] }

const contextIn = (folder: string, sweep = 'digits-sweep') => ({
  ...{ sweep, folder, module: '', command: ['node', 'here.js'], threads: undefined },
  notice: () => undefined,
})

const CONTEXT = contextIn('/mnt/shared/runs/digits-sweep')

const FULL: KubernetesOptions = {
  ...PLAIN,
  ...{ shared: '/mnt/shared', mount: '/data', home: '/code', command: ['node', '/app/ashlar.js'] },
  ...{ namespace: 'trials', parallelism: 2, retries: 3, grace: 90, keep: 120 },
  requests: { cpu: 2, memory: '4Gi' },
  limits: { memory: '6Gi', 'nvidia.com/gpu': 1 },
  nodeSelector: { 'kubernetes.io/arch': 'amd64', spot: 'on' },
  tolerations: [
    { key: 'gpu', operator: 'Exists', effect: 'NoSchedule' },
    { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
    { key: 'team', value: 'x' },
  ],
  env: { MODE: 'yes', TOKEN: { secret: 'store', key: 'token' } },
  envFrom: ['aws'],
  ...{ serviceAccount: 'trials', pullPolicy: 'IfNotPresent', pullSecrets: ['registry'] },
  ...{ user: 1000, group: 2000 },
}

test('are what the API takes, with every option and with none', () => {
  for (const options of [
    PLAIN,
    FULL,
    { ...PLAIN, user: 0 },
    { ...PLAIN, tolerations: [], env: {} },
  ]) {
    assert.is(jobProblem(indexedJob(CONTEXT, BATCH, options)), undefined)
  }
})

test('what the API does not take is told', () => {
  const job = indexedJob(CONTEXT, BATCH, PLAIN)
  for (const [change, problem] of [
    [{ completionMode: 'Index' }, /completionMode/],
    [{ completions: '3' }, /completions must be integer/],
    [{ backoffLimitPerindex: 0 }, /V1JobSpec.backoffLimitPerindex/],
    [{ template: { spec: { containers: [{ image: 'x' }] } } }, /must have required property name/],
  ] as const) {
    assert.match(jobProblem({ ...job, spec: { ...job.spec, ...change } })!, problem)
  }
})

test('have a pod for each trial, which is told its index and is not begun again by itself', () => {
  const { metadata, spec } = indexedJob(CONTEXT, BATCH, PLAIN)
  assert.match(metadata!.name!, /^ashlar-digits-sweep-abababababab$/)
  assert.is(metadata!.annotations!['ashlar/batch'], BATCH.digest)
  assert.is(spec!.completionMode, 'Indexed')
  assert.equal([spec!.completions, spec!.parallelism, spec!.backoffLimitPerIndex], [3, 3, 0])
  assert.is(spec!.ttlSecondsAfterFinished, 3600)
  const pod = spec!.template.spec!
  assert.is(pod.restartPolicy, 'Never')
  assert.is(pod.terminationGracePeriodSeconds, 60)
  const [{ command, args, resources, volumeMounts }] = pod.containers as [
    NonNullable<typeof pod.containers>[number],
  ]
  assert.equal(command, ['ashlar'])
  assert.equal(args, [
    ...['trial', CONTEXT.folder, '--batch', BATCH.digest],
    ...['--index', '$(JOB_COMPLETION_INDEX)', '--trust'],
  ])
  assert.equal(resources, { requests: { cpu: '1' } })
  assert.equal(volumeMounts, [{ name: 'runs', mountPath: '/mnt/shared/runs' }])
  assert.equal(pod.volumes, [{ name: 'runs', persistentVolumeClaim: { claimName: 'runs' } }])
})

test('say what every option says', () => {
  const { metadata, spec } = indexedJob(CONTEXT, BATCH, FULL)
  assert.is(metadata!.namespace, 'trials')
  assert.equal([spec!.parallelism, spec!.backoffLimitPerIndex], [2, 3])
  assert.is(spec!.ttlSecondsAfterFinished, 120)
  const pod = spec!.template.spec!
  const container = pod.containers[0]!
  assert.equal(container.command, ['node', '/app/ashlar.js'])
  assert.is(container.args![1], '/data/runs/digits-sweep')
  assert.equal(container.args!.slice(-2), ['--home', '/code'])
  assert.equal(container.resources, {
    requests: { cpu: '2', memory: '4Gi' },
    limits: { memory: '6Gi', 'nvidia.com/gpu': '1' },
  })
  assert.equal(container.env, [
    { name: 'MODE', value: 'yes' },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'store', key: 'token' } } },
  ])
  assert.equal(container.envFrom, [{ secretRef: { name: 'aws' } }])
  assert.equal(container.volumeMounts, [{ name: 'runs', mountPath: '/data' }])
  assert.equal(pod.nodeSelector, FULL.nodeSelector)
  assert.equal(pod.tolerations, FULL.tolerations)
  assert.is(pod.serviceAccountName, 'trials')
  assert.is(container.imagePullPolicy, 'IfNotPresent')
  assert.equal(pod.imagePullSecrets, [{ name: 'registry' }])
  assert.equal(pod.securityContext, { runAsUser: 1000, runAsGroup: 2000, fsGroup: 2000 })
  assert.is(pod.terminationGracePeriodSeconds, 90)
})

test('no word of a folder is read as a variable', () => {
  const context = contextIn('/mnt/$(HOME)/a $$b/x', 'x')
  const container = indexedJob(context, BATCH, PLAIN).spec!.template.spec!.containers[0]!
  assert.is(container.args![1], '/mnt/$$(HOME)/a $$b/x')
})

test('have a name that the API takes, whatever the sweep is called', () => {
  for (const sweep of [
    'A b',
    '2026-11-03_tiny',
    '...',
    'é'.repeat(80),
    `${'x'.repeat(23)}-y`,
    '-a-',
  ]) {
    const job = indexedJob(contextIn('/a/b', sweep), BATCH, PLAIN)
    // Names of pods have eleven characters more, and those of hosts 63 at most.
    assert.match(jobName({ sweep }, BATCH), /^[a-z]([a-z0-9-]{0,50}[a-z0-9])$/)
    assert.is(jobProblem(job), undefined)
  }
  assert.is.not(sweepLabel({ folder: '/a/b' }), sweepLabel({ folder: '/a/c' }))
})

test('need the folder that machines share', () => {
  assert.is(sharedFolder('/mnt/shared/runs', { shared: '/mnt/shared' }), '/mnt/shared')
  assert.is(sharedFolder('/mnt/shared', { shared: '/mnt/shared/' }), '/mnt/shared')
  for (const shared of ['/mnt/other', '/mnt/shared/runs/deeper', '/mnt/share']) {
    assert.throws(
      () => sharedFolder('/mnt/shared/runs', { shared }),
      /the sweep's folder must lie in the one that the claim holds, .*got .*\/mnt\/shared\/runs/s,
    )
  }
  const root = indexedJob(contextIn('/a/b'), BATCH, { ...PLAIN, shared: '/', mount: '/runs/' })
  assert.is(root.spec!.template.spec!.containers[0]!.args![1], '/runs/a/b')
})

test('are written so that either version of YAML reads the same', () => {
  const odd = [
    'on',
    'yes',
    'n',
    '1e3',
    '0x1F',
    '017',
    '0o17',
    '1_000',
    '12:30',
    '~',
    'null',
    '2026-11-03',
    '',
  ]
  const env = Object.fromEntries(odd.map((value, i) => [`V${i}`, value]))
  const job = indexedJob(CONTEXT, BATCH, { ...FULL, env })
  for (const version of ['1.1', '1.2'] as const) {
    assert.equal(parse(jobText(job), { version }), JSON.parse(JSON.stringify(job)))
  }
})

test('are found again where they were written, and what is none is not', () =>
  inScratch(async (folder) => {
    assert.equal(await readJobs(folder), [])
    const path = await writeJob(folder, indexedJob(contextIn(folder), BATCH, PLAIN))
    await writeFile(path.replace('.yaml', '-2.yaml'), 'kind: [')
    await writeFile(path.replace('.yaml', '-3.yaml'), 'kind: Job')
    await writeFile(path.replace('.yaml', '-4.yaml'), '')
    const name = jobName({ sweep: 'digits-sweep' }, BATCH)
    assert.equal(await readJobs(folder), [{ name, batch: BATCH.digest }])
  }))

test.run()
