import { strict as assert } from 'node:assert'
import { existsSync } from 'node:fs'
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Answer, ashlar } from './ashlar.ts'
import { type CountingServer, countingServer, makeRun, markingModule, strange } from './hostile.ts'
import { inScratch } from './scratch.ts'

type Config = Record<string, unknown>

/** What the folder of an attack holds. */
export interface Place {
  /** The folder that the user is in. */
  readonly folder: string
  /** Written by code that runs. */
  readonly marker: string
  /** A module that writes it. */
  readonly module: string
  /** A file of the user, outside of the run. */
  readonly secret: string
  /** Where nothing must be written. */
  readonly outside: string
  /** A file of the user. */
  readonly model: string
  readonly url: string
}

/** How much a command does, and how far something in a config lies: each holds the one before. */
type Work = 'resolve' | 'test' | 'train'
const WORK: readonly Work[] = ['resolve', 'test', 'train']

/** Something that a config asks for. */
export interface Vector {
  readonly name: string
  change(config: Config, place: Place): Config
  /** What the message must say. */
  told(place: Place): string
  /** What must be done for it to be met; resolving is enough for code. */
  readonly met: Work
  readonly link?: true
}

const callbacks = (config: Config, more: object): Config => ({ ...config, callbacks: more })
const csv = (file: string) => ({ name: 'csv', file, target: 'y', task: 'classification' })

/** What a stranger's config may ask for. */
export const VECTORS: readonly Vector[] = [
  {
    name: 'a plugin by its absolute path',
    change: (config, { module }) => ({ ...config, plugins: [module] }),
    told: ({ module }) => `run    ${module} (plugins)`,
    met: 'resolve',
  },
  {
    name: 'a plugin beside the config',
    change: (config) => ({ ...config, plugins: ['./evil.mjs'] }),
    told: () => 'run    ./evil.mjs (plugins)',
    met: 'resolve',
  },
  {
    name: 'a plugin as a package of the run folder',
    change: (config) => ({ ...config, plugins: ['evil-package'] }),
    told: () => 'run    evil-package (plugins)',
    met: 'resolve',
  },
  {
    name: 'a plugin as the address of a file',
    change: (config, { module }) => ({ ...config, plugins: [`file://${module}`] }),
    told: ({ module }) => `run    file://${module} (plugins)`,
    met: 'resolve',
  },
  {
    name: 'a table elsewhere',
    change: (config, { secret }) => ({ ...config, dataset: csv(secret) }),
    told: ({ secret }) => `read   ${secret} (dataset.file)`,
    met: 'test',
  },
  {
    name: 'a table by dots',
    change: (config) => ({ ...config, folder: undefined, dataset: csv('../../secret.csv') }),
    told: ({ secret }) => `read   ${secret} (dataset.file)`,
    met: 'test',
  },
  {
    name: 'a table by a folder elsewhere',
    change: (config, { folder }) => ({ ...config, folder, dataset: csv('secret.csv') }),
    told: ({ secret }) => `read   ${secret} (dataset.file)`,
    met: 'test',
  },
  {
    name: 'a table in a home folder',
    change: (config) => ({ ...config, folder: undefined, dataset: csv('~/secret.csv') }),
    told: () => 'read   ~/secret.csv (dataset.file)',
    met: 'test',
  },
  {
    name: 'a table on another machine',
    change: (config) => ({ ...config, folder: undefined, dataset: csv('\\\\evil\\share\\x.csv') }),
    told: () => 'read   \\\\evil\\share\\x.csv (dataset.file)',
    met: 'test',
  },
  {
    name: 'a table by a link',
    change: (config) => ({ ...config, folder: undefined, dataset: csv('link.csv') }),
    told: ({ secret }) => `read   ${secret} (the link link.csv)`,
    met: 'test',
    link: true,
  },
  {
    name: 'pictures elsewhere',
    change: (config, { folder }) => ({
      ...config,
      dataset: { name: 'image-folder', folder, size: [2, 2] },
    }),
    told: ({ folder }) => `read   ${folder} (dataset.folder)`,
    met: 'test',
  },
  {
    name: 'a mirror',
    change: (config, { url }) => ({
      ...config,
      dataset: { name: 'mnist', mirror: [`${url}/mnist`] },
    }),
    told: ({ url }) => `call   ${url}/mnist (dataset.mirror.0)`,
    met: 'test',
  },
  {
    name: 'weights elsewhere',
    change: (config, { secret }) => ({ ...config, weights: secret }),
    told: ({ secret }) => `read   ${secret} (weights)`,
    met: 'train',
  },
  {
    name: 'a log elsewhere',
    change: (config, { outside }) => callbacks(config, { 'csv-log': { file: outside } }),
    told: ({ outside }) => `write  ${outside} (callbacks.csv-log.file)`,
    met: 'train',
  },
  {
    name: 'a log by dots',
    change: (config) => callbacks(config, { log: { name: 'csv-log', file: '../../../out' } }),
    told: () => 'write  ../../../out (callbacks.log.file)',
    met: 'train',
  },
  {
    name: 'event files elsewhere',
    change: (config, { outside }) => callbacks(config, { tensorboard: { folder: outside } }),
    told: ({ outside }) => `write  ${outside} (callbacks.tensorboard.folder)`,
    met: 'train',
  },
  {
    name: 'a tracking server',
    change: (config, { url }) => callbacks(config, { mlflow: { url, artifacts: false } }),
    told: ({ url }) => `call   ${url} (callbacks.mlflow.url)`,
    met: 'train',
  },
  {
    name: 'a tracking server by the first word of its callback',
    change: (config, { url }) => callbacks(config, { mlf: { name: 'mlflow', url } }),
    told: ({ url }) => `call   ${url} (callbacks.mlf.url)`,
    met: 'train',
  },
  {
    name: 'a folder of runs elsewhere',
    change: (config, { outside }) => ({ ...config, out: outside }),
    told: ({ outside }) => `write  ${outside} (out)`,
    met: 'train',
  },
]

/** A command that is given a run. */
export interface Command {
  readonly name: string
  readonly does: Work
  /** What it can do without: it says so, and does the rest. By default it is refused. */
  readonly without?: 'code' | 'all'
  args(run: string, place: Place): readonly string[]
}

/** All that take one. */
export const COMMANDS: readonly Command[] = [
  { name: 'config', does: 'train', without: 'all', args: (run) => ['config', run] },
  { name: 'summary', does: 'test', without: 'all', args: (run) => ['summary', run] },
  { name: 'report', does: 'test', without: 'all', args: (run) => ['report', run] },
  { name: 'verify', does: 'test', without: 'code', args: (run) => ['verify', run] },
  {
    name: 'verify --run',
    does: 'test',
    without: 'code',
    args: (run, { model }) => ['verify', model, '--run', run],
  },
  { name: 'evaluate', does: 'test', args: (run) => ['evaluate', run] },
  {
    name: 'evaluate --on onnx',
    does: 'test',
    without: 'code',
    args: (run) => ['evaluate', run, '--on', 'onnx'],
  },
  { name: 'evaluate --on both', does: 'test', args: (run) => ['evaluate', run, '--on', 'both'] },
  { name: 'export', does: 'test', args: (run, { outside }) => ['export', run, '--out', outside] },
  { name: 'explain', does: 'test', args: (run) => ['explain', run] },
  { name: 'plugins', does: 'resolve', args: (run) => ['plugins', run] },
  { name: 'schema', does: 'resolve', args: (run) => ['schema', run] },
  { name: 'train', does: 'train', args: (run) => ['train', run] },
  { name: 'run', does: 'train', args: (run) => ['run', run, 'epochs=2'] },
  { name: 'run --resume', does: 'train', args: (run) => ['run', '--resume', run, 'epochs=2'] },
  { name: 'train --resume', does: 'train', args: (run) => ['train', '--resume', run] },
  {
    name: 'config of its file',
    does: 'train',
    without: 'all',
    args: (run) => ['config', join(run, 'config.yaml')],
  },
  { name: 'train of its file', does: 'train', args: (run) => ['train', join(run, 'config.yaml')] },
]

/** What a command said, people and machines. */
const said = ({ out, err }: Answer) => out + err

/** A run that nobody has changed, for the time of a suite. */
export async function openHome(): Promise<{ readonly run: string; close(): Promise<void> }> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'ashlar-hostile-')))
  const run = await makeRun(home)
  return { run, close: () => rm(home, { recursive: true, force: true }) }
}

/** A folder of the user with what an attack is after, and a server that counts. */
export const inAttack = (
  made: string,
  fn: (place: Place, server: CountingServer) => Promise<void>,
) =>
  inScratch({ 'secret.csv': 'x,y\n1,a\n2,b\n3,a\n4,b\n' }, async (folder) => {
    const server = await countingServer()
    try {
      const place: Place = {
        folder,
        marker: join(folder, 'marker'),
        module: join(folder, 'evil.mjs'),
        secret: join(folder, 'secret.csv'),
        outside: join(folder, 'outside'),
        model: join(made, 'model.onnx'),
        url: server.url,
      }
      await writeFile(place.module, markingModule(place.marker))
      await fn(place, server)
    } finally {
      await server.close()
    }
  })

/** A run of a stranger with everything beside its config that could be named. */
async function strangersRun(
  made: string,
  place: Place,
  name: string,
  { change, link }: Pick<Vector, 'change' | 'link'>,
): Promise<string> {
  const { module, secret, folder } = place
  const run = await strange(made, join(folder, 'downloads', name), (config) =>
    change(config, place),
  )
  await copyFile(module, join(run, 'evil.mjs'))
  await mkdir(join(run, 'node_modules/evil-package'), { recursive: true })
  await copyFile(module, join(run, 'node_modules/evil-package/index.mjs'))
  const manifest = { name: 'evil-package', type: 'module', exports: './index.mjs' }
  await writeFile(join(run, 'node_modules/evil-package/package.json'), JSON.stringify(manifest))
  if (link) await symlink(secret, join(run, 'link.csv'))
  return run
}

/** All that is there, but for what the user asked for. */
const contents = async (folder: string) =>
  (await readdir(folder, { recursive: true })).filter((name) => !/report\.html$/.test(name)).sort()

/**
 * Gives a command runs of a stranger, and fails where it runs, reads, writes or calls anything, or does not say what it did not.
 *
 * @param made a run that nobody has changed.
 */
export function attack(made: string, command: Command, vectors: readonly Vector[]): Promise<void> {
  return inAttack(made, async (place, server) => {
    const met = vectors.filter((each) => WORK.indexOf(each.met) <= WORK.indexOf(command.does))
    assert.ok(met.length > 0)
    for (const [i, vector] of met.entries()) {
      const run = await strangersRun(made, place, `run-${i}`, vector)
      const before = await contents(place.folder)
      const answer = await ashlar(...command.args(run, place))
      const where = `${command.name}, ${vector.name}: ${said(answer)}`
      assert.ok(said(answer).includes(vector.told(place)), where)
      assert.ok(said(answer).includes('--trust'), where)
      const { without } = command
      const goesOn = without === 'all' || (without === 'code' && vector.met === 'resolve')
      assert.equal(answer.code, goesOn && !vector.link ? 0 : 2, where)
      assert.ok(!existsSync(place.marker), where)
      assert.deepEqual(server.calls, [], where)
      assert.deepEqual(await contents(place.folder), before, where)
      assert.ok(!said(answer).includes('1,a'), where)
    }
  })
}
