import { spawnSync } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ClusterJob, sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { commandOf, kubernetesLauncher } from '../../src/index.ts'
import { jobFile, readJobs } from '../../src/launch/kubernetes/job-file.ts'
import { launcherChecks } from '../../src/testing/launcher-checks.ts'
import { withCluster } from '../support/cluster.ts'
import { makeTiny } from '../support/sweep.ts'

const test = suite('sweeps by Jobs of a cluster')

/** A pod is a process that loads all of a trial's code, some seconds each. */
const some = sampled(3, test)

const moduleAt = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The folder of runs has another name in a pod. */
const LAUNCHER = {
  ...{ name: 'kubernetes', image: 'ashlar:1.0', claim: 'runs', mount: '/runs', interval: 0.1 },
  command: commandOf(moduleAt('../support/trial-command.ts')),
}

const APPLIED = { ...LAUNCHER, apply: true }

const FIVE = {
  args: ['optimizer.learningRate=1e-3,3e-3,1e-2,3e-2,1e-1', 'epochs=3'],
  suggester: 'grid',
  trials: 5,
} as const

/** Trials that take a while, each epoch with a checkpoint. */
function slow(note: string, epochs: number, wait: number) {
  return {
    args: [
      'optimizer.learningRate=1e-3,1e-2',
      `epochs=${epochs}`,
      `callbacks.trouble={wait: ${wait}, note: "${note}"}`,
    ],
    suggester: 'grid',
    trials: 2,
  } as const
}

const lines = async (path: string): Promise<string[]> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await sleep(50)
}

for (const { name, run } of launcherChecks) {
  some(`the launcher ${name}`, () =>
    withCluster(async ({ out }) => {
      const folder = join(out, 'contract')
      await mkdir(folder)
      const command = commandOf(moduleAt('../../src/testing/trivial-command.ts'))
      const create = () => kubernetesLauncher({ ...APPLIED, command })
      await run({ create, folder } as Parameters<typeof run>[0])
    }),
  )
}

test('make the table that one process makes', () =>
  withCluster(async ({ out, cluster }) => {
    const launcher = { ...APPLIED, parallelism: 2 }
    const there = await makeTiny(out, { ...FIVE, launcher })
    const here = await makeTiny(join(out, 'inline'), FIVE)
    assert.equal([there.trials, there.best], [here.trials, here.best])
    assert.is(cluster.made.length, 1)
    assert.equal([cluster.made[0]!.spec.completions, cluster.made[0]!.spec.parallelism], [5, 2])
  }))

some('that are only written make it too, once somebody applies them', () =>
  withCluster(async ({ out, cluster }) => {
    const applied = new Set<string>()
    const notices: string[] = []
    const notice = (text: string) => {
      notices.push(text)
      const path = /kubectl apply -f (.*)$/.exec(text)?.[1]
      if (path === undefined) return
      applied.add(path)
      void readFile(path, 'utf8').then((yaml) => cluster.control.add(parse(yaml) as ClusterJob))
    }
    const asked = { ...FIVE, args: [FIVE.args[0], 'epochs=4'] }
    const halving = { name: 'halving', eta: 2 }
    const there = await makeTiny(
      out,
      { ...asked, scheduler: halving, launcher: LAUNCHER },
      { notice },
    )
    const here = await makeTiny(join(out, 'inline'), { ...asked, scheduler: halving })
    assert.equal([there.trials, there.best], [here.trials, here.best])
    assert.ok(applied.size >= 2, notices.join())
    assert.equal(cluster.requests, [])
    const written = await readJobs(there.folder.path)
    assert.equal(new Set(written.map(({ name }) => jobFile(there.folder.path, name))), applied)
  }),
)

some(
  'a pod that is killed, one that is taken away, and a cluster that is away change nothing',
  () =>
    withCluster(async ({ out, cluster }) => {
      const note = join(out, 'epochs')
      const notices: string[] = []
      const working = makeTiny(
        out,
        { ...slow(note, 8, 500), launcher: APPLIED },
        { notice: (text) => notices.push(text) },
      )
      const reached = (count: number) => until(async () => (await lines(note)).length >= count)
      await reached(2)
      cluster.control.evict(0)
      await until(() => cluster.control.all.size > 0 && podsOf(0).length === 2)
      await reached(6)
      const [{ job } = { job: '' }] = cluster.control.running().filter(({ index }) => index === 1)
      cluster.control.kill(1)
      await until(() => cluster.made.length === 2)
      assert.ok(cluster.made.every(({ metadata }) => metadata.name !== '' && job !== ''))
      await cluster.close()
      await until(() => notices.some((each) => each.endsWith('it is asked again')))
      await cluster.listen()
      const there = await working
      const { trials } = await makeTiny(join(out, 'inline'), slow(join(out, 'other'), 8, 0))
      assert.equal(
        there.trials.map(({ metrics }) => metrics),
        trials.map(({ metrics }) => metrics),
      )
      assert.ok(there.trials.every(({ status }) => status === 'completed'))
      // What was taken away in good order was not begun anew; what was killed lost an epoch at most.
      assert.ok((await lines(note)).length <= 17, (await lines(note)).join())

      function podsOf(index: number): unknown[] {
        return [...cluster.control.all.values()].flatMap(({ pods }) =>
          pods.filter((pod) => pod.index === index),
        )
      }
    }),
)

some('an index that always fails is given up, and keeps its error', () =>
  withCluster(async ({ out }) => {
    const { trials, best } = await makeTiny(out, {
      args: ['callbacks.trouble.what=nothing,exit', 'epochs=3'],
      ...{ suggester: 'grid', trials: 2, attempts: 2, launcher: APPLIED },
    })
    const [good, bad] = ['completed', 'failed'].map((each) =>
      trials.find(({ status }) => status === each),
    )
    assert.is(best!.id, good!.id)
    assert.match(bad!.error!, /given up: begun 2 times.*going down/)
  }),
)

some('pods without what they need die of it, and the sweep says what they said', () =>
  withCluster(async ({ out }) => {
    const command = [
      process.execPath,
      '-e',
      'console.error("no such program"); process.exit(127)',
      '--',
    ]
    const { trials } = await makeTiny(out, {
      ...{ ...FIVE, trials: 1, attempts: 1, launcher: { ...APPLIED, command } },
    })
    assert.match(trials[0]!.error!, /ended as Error \(exit code 127\): no such program/)
  }),
)

some('a sweep that is stopped ends its Jobs, and goes on where it was', () =>
  withCluster(async ({ out, cluster }) => {
    const note = join(out, 'epochs')
    const asked = { ...slow(note, 5, 400), launcher: APPLIED }
    const stop = new AbortController()
    const stopping = makeTiny(out, asked, { signal: stop.signal })
    await until(async () => (await lines(note)).length >= 2)
    stop.abort()
    const { isInterrupted, folder } = await stopping
    assert.ok(isInterrupted)
    assert.is(cluster.control.all.size, 0)
    const { trials } = await makeTiny(out, asked, { folder })
    assert.ok(trials.every(({ status }) => status === 'completed'))
    assert.is((await lines(note)).length, 10)
  }),
)

test('the client is asked for where it is missing, and not where Jobs are only written', () => {
  const code = `
    import { register } from 'node:module'
    register('data:text/javascript,' + encodeURIComponent(
      'export async function resolve(name, at, next) {' +
      '  if (name === "@kubernetes/client-node") throw new Error("there is none");' +
      '  return next(name, at)' +
      '}'))
    const { kubernetesLauncher } = await import(${JSON.stringify(moduleAt('../../src/index.ts'))})
    const options = { image: 'a', claim: 'b' }
    await kubernetesLauncher(options).check('/tmp')
    await kubernetesLauncher({ ...options, apply: true }).check('/tmp').catch((error) => console.log(error.message))
  `
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', code],
    { encoding: 'utf8' },
  )
  assert.match(
    stdout,
    /needs the package @kubernetes\/client-node to make Jobs.*npm install @kubernetes\/client-node/s,
    stderr,
  )
})

test.run()
