import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesCluster } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { kubernetesLauncher } from '../../../src/launch/kubernetes/kubernetes.ts'
import type { KubernetesOptions } from '../../../src/launch/kubernetes/options.ts'
import type { Launched } from '../../../src/launch/launcher.ts'
import { readBatch, writeAnswer } from '../../../src/store/batch.ts'
import type { TaskResult, TrialTask } from '../../../src/trials/task.ts'
import { withCluster } from '../../support/cluster.ts'
import { plainTask } from '../../support/task.ts'

const test = suite('Jobs that are made in a cluster')

const OPTIONS: KubernetesOptions = {
  ...{ image: 'ashlar:1.0', claim: 'runs', apply: true, interval: 0.01, grace: 1 },
}

const TASKS = [plainTask('1'), plainTask('2'), plainTask('3'), plainTask('4')]

interface At {
  readonly folder: string
  readonly cluster: KubernetesCluster
  readonly launched: Launched
  readonly results: TaskResult[]
  readonly notices: string[]
  start(...tasks: readonly TrialTask[]): Promise<void>
  /** A pod writes its answer and ends. */
  finish(index: number, at?: number): Promise<void>
}

/** A cluster whose pods do what the test says. */
function withJobs(
  fn: (at: At) => Promise<void>,
  more: Partial<KubernetesOptions> = {},
): Promise<void> {
  return withCluster(
    async ({ out, cluster }) => {
      const folder = join(out, 'tiny')
      await mkdir(folder)
      const [results, notices]: [TaskResult[], string[]] = [[], []]
      const context = {
        ...{ sweep: 'tiny', folder, module: '', command: [], threads: undefined },
        notice: (text: string) => notices.push(text),
      }
      const launched = await kubernetesLauncher({ ...OPTIONS, ...more }).open(context)
      const listener = {
        epoch: () => undefined,
        ended: (result: TaskResult) => results.push(result),
      }
      await fn({
        ...{ folder, cluster, launched, results, notices },
        start: (...tasks) => launched.start(tasks, listener),
        async finish(index, at = cluster.made.length - 1) {
          const { name, annotations } = cluster.made[at]!.metadata
          const batch = await readBatch(folder, annotations!['ashlar/batch']!)
          await writeAnswer(folder, batch, index, reached(batch.tasks[index]!))
          cluster.control.finish(name, index, 0)
        },
      })
    },
    { starts: false },
  )
}

function reached({ id, until }: TrialTask): TaskResult {
  const status = 'reached'
  return { id, until, status, metrics: {}, better: 'lower', epochs: until, steps: 1, seconds: 1 }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

test('are one for a batch, as they are written, and go when it is done', () =>
  withJobs(async ({ folder, cluster, launched, results, start, finish }) => {
    await start(...TASKS)
    assert.is(cluster.made.length, 1)
    const [file = ''] = await readdir(join(folder, 'jobs'))
    assert.is(file, `${cluster.made[0]!.metadata.name}.yaml`)
    assert.equal(parse(await readFile(join(folder, 'jobs', file), 'utf8')), cluster.made[0])
    for (const index of TASKS.keys()) await finish(index)
    await until(() => results.length === 4)
    assert.ok(results.every(({ status }) => status === 'reached'))
    await launched.end()
  }))

test('are asked for again where the answer was lost, and made once', () =>
  withJobs(async ({ cluster, launched, results, notices, start, finish }) => {
    cluster.refuses = 'hangs up'
    await start(plainTask('1'))
    await until(() => notices.length > 0)
    assert.match(notices[0]!, /^Kubernetes: cannot create a Job: .*; it is asked again$/)
    cluster.refuses = { code: 503, message: 'the server is starting' }
    await until(() => notices.length > 1)
    assert.match(notices[1]!, 'Kubernetes: cannot create a Job: the server is starting')
    cluster.refuses = undefined
    await until(() => cluster.made.length === 1)
    await finish(0)
    await until(() => results.length === 1)
    await launched.end()
    assert.is(cluster.made.length, 1)
  }))

test('that the cluster refuses are an error, which says what it said', () =>
  withJobs(async ({ cluster, launched, start }) => {
    cluster.forbidden.add('POST jobs')
    const error = await start(plainTask('1')).catch((each: Error) => each)
    assert.match(
      (error as Error).message,
      /--launcher kubernetes: the cluster must let this user create a Job, got .*jobs is forbidden: User/s,
    )
    await launched.end()
  }))

test('a pod that died without a word is begun again in another Job, and given up in the end', () =>
  withJobs(async ({ cluster, launched, results, start, finish }) => {
    await start(plainTask('1'), plainTask('2'))
    await finish(1)
    for (const at of [0, 1, 2]) {
      await until(() => cluster.made.length === at + 1)
      const { name } = cluster.made[at]!.metadata
      cluster.control.finish(name, 0, 137, 'killed\n')
    }
    await until(() => results.length === 2)
    const { status, error } = results.find(({ id }) => id === TASKS[0]!.id)!
    assert.is(status, 'failed')
    assert.match(
      error!.message,
      /^given up after 3 attempts: Kubernetes job ashlar-tiny-[0-9a-f]{12}_0 ended as Error \(exit code 137\): killed$/,
    )
    await launched.end()
  }))

test('pods that the cluster may not be asked for only say less', () =>
  withJobs(async ({ cluster, launched, results, start, finish }) => {
    cluster.forbidden.add('GET pods')
    await start(plainTask('1'))
    await until(() => cluster.requests.filter((each) => each.startsWith('GET')).length > 6)
    assert.is(cluster.requests.filter((each) => each.endsWith('/pods')).length, 1)
    await finish(0)
    await until(() => results.length === 1)
    await launched.end()
  }))

test('says why pods wait', () =>
  withJobs(async ({ cluster, launched, results, notices, start, finish }) => {
    cluster.control.unschedulable = '0/3 nodes are available'
    await start(plainTask('1'))
    await until(() => notices.length > 0)
    assert.equal(notices, ['Kubernetes: trials wait: Unschedulable: 0/3 nodes are available'])
    cluster.control.place()
    await finish(0)
    await until(() => results.length === 1)
    await launched.end()
  }))

test('a Job that somebody deletes has its trials given back, and says so', () =>
  withJobs(async ({ cluster, launched, results, start, finish }) => {
    await start(plainTask('1'), plainTask('2'))
    await finish(0)
    await until(() => results.length === 1)
    const asked = cluster.requests.length
    await until(() => cluster.requests.length > asked + 4)
    cluster.control.forget(cluster.made[0]!.metadata.name)
    await until(() => results.length === 2)
    assert.is(results[1]!.status, 'given-back')
    assert.match(results[1]!.error!.message, /was cancelled by somebody/)
    await launched.end()
  }))

test('a Job that went as its time to keep it was up has its trials begun again', () =>
  withJobs(async ({ cluster, launched, results, start, finish }) => {
    await start(plainTask('1'))
    const { name } = cluster.made[0]!.metadata
    cluster.refuses = 'hangs up'
    cluster.control.finish(name, 0, 137)
    cluster.control.forget(name)
    cluster.refuses = undefined
    await until(() => cluster.made.length === 2)
    await finish(0)
    await until(() => results.length === 1)
    assert.is(results[0]!.status, 'reached')
    await launched.end()
  }))

test('end with the sweep that is stopped, and so do those of nobody', () =>
  withJobs(async ({ folder, cluster, launched, results, start }) => {
    await start(plainTask('1'))
    await launched.stop()
    const { name } = cluster.made[0]!.metadata
    assert.ok(cluster.requests.includes(`DELETE /apis/batch/v1/namespaces/trials/jobs/${name}`))
    cluster.control.finish(name, 0, 75)
    await until(() => results.length === 1)
    assert.equal([results[0]!.status, results[0]!.error], ['given-back', undefined])
    await launched.end()
    assert.is(cluster.control.all.size, 0)
    const deleted = () => cluster.requests.filter((each) => each.startsWith('DELETE')).length
    const before = deleted()
    // One of a sweep process that was killed, and whose batch is not there any more.
    const stray = structuredClone(cluster.made[0]!)
    cluster.control.add({
      ...stray,
      metadata: { ...stray.metadata, annotations: { 'ashlar/batch': 'a'.repeat(64) } },
    })
    await kubernetesLauncher(OPTIONS).open({
      ...{ sweep: 'tiny', folder, module: '', command: [], threads: undefined },
      notice: () => undefined,
    })
    assert.is(deleted(), before + 1)
  }))

test('what is missing is said before there is a sweep', () =>
  withCluster(
    async ({ out, cluster }) => {
      const check = async (more: Partial<KubernetesOptions> = {}, at = out) => {
        const error = await kubernetesLauncher({ ...OPTIONS, ...more })
          .check(at)
          .catch((each: Error) => each)
        return error === undefined ? '' : (error as Error).message
      }
      assert.is(await check(), '')
      assert.match(
        await check({ shared: '/elsewhere' }),
        /must lie in the one that the claim holds/,
      )
      assert.match(
        await check({ context: 'other' }),
        /needs a kubeconfig that says which cluster, got .*other, of tests/s,
      )
      assert.match(
        await check({ namespace: 'none' }),
        /must let this user create a Job, got .*namespaces .*none.* not found/s,
      )
      cluster.forbidden.add('GET jobs')
      assert.match(await check(), /must let this user list Jobs, got .*forbidden/s)
      cluster.refuses = { code: 401, message: 'Unauthorized' }
      assert.match(await check(), /must let this user create a Job, got .*Unauthorized/s)
      await cluster.close()
      assert.match(
        await check(),
        /the cluster must answer, got .*cannot create a Job: .*ECONNREFUSED/s,
      )
      await writeFile(process.env.KUBECONFIG!, '{')
      assert.match(await check(), /needs a kubeconfig that says which cluster/)
      process.env.KUBECONFIG = join(out, 'none')
      assert.match(await check(), /needs a kubeconfig that says which cluster, got .*ENOENT/s)
    },
    { starts: false },
  ))

test.run()
