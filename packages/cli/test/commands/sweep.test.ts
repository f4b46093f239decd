import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('ashlar sweep')

interface Table {
  readonly trials: readonly {
    readonly id: string
    readonly status: string
    readonly params: Readonly<Record<string, unknown>>
    readonly metrics: Readonly<Record<string, number>>
  }[]
  readonly best: Table['trials'][number] | null
}

const KUBERNETES = '{name: kubernetes, image: a, claim: b, apply: true}'

const RATES = 'optimizer.learningRate=1e-3,1e-1'

test('lists trials without making any', () =>
  inScratch({}, async (folder) => {
    const args = ['sweep', TINY, RATES, 'seed=0..2', '--metric', 'loss', '--out', folder]
    const { trials, best } = await ashlarJson<Table>(...args, '--dry-run')
    assert.is(trials.length, 6)
    assert.is(best, null)
    assert.equal(trials[1]!.params, { 'optimizer.learningRate': 0.001, seed: 1 })
    assert.is(new Set(trials.map(({ id }) => id)).size, 6)
    const shown = await ashlar(...args, '--dry-run', '--constraint', 'seed < 2')
    assert.match(shown.out, /^trial +optimizer.learningRate +seed/)
    assert.match(shown.out, /4 trials; none was made/)
    assert.equal(await readdir(folder), [])
  }))

slow('makes trials in processes, and the best of them is an experiment', () =>
  inScratch({}, async (folder) => {
    const asked = ['sweep', TINY, RATES, 'epochs=2', '--metric', 'accuracy', '--out', folder]
    const table = await ashlarJson<Table>(...asked)
    assert.equal(Object.keys(table), ['trials', 'best'])
    for (const trial of table.trials) {
      assert.equal(Object.keys(trial), ['id', 'status', 'params', 'metrics'])
      assert.is(trial.status, 'completed')
    }
    const highest = Math.max(...table.trials.map(({ metrics }) => metrics.accuracy!))
    assert.is(table.best!.metrics.accuracy, highest)
    const [name = ''] = (await readdir(folder)).filter((each) => each.endsWith('-sweep'))
    const sweep = join(folder, name)
    assert.match(await readFile(join(sweep, 'report.html'), 'utf8'), table.best!.id)
    // The best one again, to the same numbers.
    const out = join(folder, 'again')
    const again = await ashlar('train', join(sweep, 'best.yaml'), '--out', out)
    assert.is(again.code, 0, again.err)
    const [run] = (
      await ashlarJson<{ runs: { metrics: Record<string, number> }[] }>('runs', '--out', out)
    ).runs
    assert.is(run!.metrics.accuracy ?? run!.metrics['training.accuracy'], highest)
    // Nothing is left to do.
    const resumed = await ashlarJson<Table>('sweep', '--resume', sweep)
    assert.equal(resumed, table)
    // What could not be written is not to be opened.
    await rm(join(sweep, 'report.html'))
    await mkdir(join(sweep, 'report.html'))
    const unreported = await ashlar('sweep', '--resume', sweep)
    assert.is(unreported.code, 0, unreported.err)
    assert.match(unreported.err, /no report: /)
    assert.not.match(unreported.out, /report\.html/)
    const runs = await ashlar('runs', '--out', folder)
    for (const { id } of table.trials) assert.match(runs.out, `${name}/${id}`)
    const compared = await ashlar('compare', ...table.trials.map(({ id }) => join(sweep, id)))
    assert.match(compared.out, /^optimizer\.learningRate +0\.001 +0\.1$/m)
    const page = await ashlar('report', join(sweep, table.best!.id))
    assert.is(page.code, 0, page.err)
  }),
)

test('is called as a run of the experiment is, where only what varies makes it one', () => {
  const files = { 'wide #2.yaml': 'model: mlp\ndataset: mnist\nepochs: 0\n' }
  return inScratch(files, async (folder) => {
    const out = join(folder, 'runs')
    const asked = [join(folder, 'wide #2.yaml'), 'epochs=1,2', '--metric', 'loss', '--out', out]
    const { out: told } = await ashlar('sweep', ...asked, '--minutes', '0.0000001')
    assert.match(
      told,
      /0 completed, \d not finished, 0 failed; the budget of 1e-7 minutes is spent/,
    )
    const [name = ''] = await readdir(out)
    assert.match(name, /^\d{8}-\d{6}-wide-2-sweep$/)
  })
})

test('says what is wrong before anything is trained', () =>
  inScratch({}, async (folder) => {
    const before = { PATH: process.env.PATH, KUBECONFIG: process.env.KUBECONFIG }
    // There is no Slurm and no cluster, whatever this machine has.
    Object.assign(process.env, { PATH: folder, KUBECONFIG: join(folder, 'none') })
    try {
      for (const [args, told] of [
        [[], /an experiment must be given, or a sweep to go on with: --resume DIR/],
        [[TINY, RATES], /--metric must say what makes a trial good/],
        [[TINY, RATES, '--metric', 'loss', '--suggester', 'sobel'], /--suggester.*sobel/],
        [[TINY, 'optimizer.lerningRate=1,2', '--metric', 'loss'], /lerningRate/],
        [[TINY, RATES, '--metric', 'loss', '--queue', 'http://x'], /redis:\/\/host:6379/],
        [[TINY, 'seed=1..x', '--metric', 'loss'], /a range must be two numbers/],
        [[TINY, RATES, '--metric', 'loss', '--queue', 'redis://127.0.0.1:1'], /Redis must answer/],
        [[TINY, RATES, '--metric', 'loss', '--launcher', 'slurm'], /needs Slurm's program sbatch/],
        [[TINY, RATES, '--metric', 'loss', '--launcher', KUBERNETES], /needs a kubeconfig/],
        [['--resume', folder], /must be the folder of a sweep/],
        [['--resume', join(folder, 'typo')], /must be the folder of a sweep/],
      ] as const) {
        const { code, err } = await ashlar('sweep', ...args, '--out', folder)
        // What is wrong in a folder is no wrong usage.
        assert.is(code, args[0] === '--resume' ? 1 : 2, err)
        assert.match(err, told)
      }
    } finally {
      process.env.PATH = before.PATH
      if (before.KUBECONFIG === undefined) delete process.env.KUBECONFIG
      else process.env.KUBECONFIG = before.KUBECONFIG
    }
    assert.equal(await readdir(folder), [])
    const { code, err } = await ashlar('worker', '--queue', 'redis://127.0.0.1:1')
    assert.is(code, 2)
    assert.match(err, /Redis must answer/)
  }))

test.run()
