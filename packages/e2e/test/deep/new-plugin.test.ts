import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { sampleOf } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KINDS } from '../support/plugin-kinds.ts'
import { installedProject, type Project, QUIET } from '../support/project.ts'
import { run } from '../support/run.ts'

const test = suite('plugins that ashlar new plugin writes')

const kinds = sampleOf(6, 'kinds', Object.keys(KINDS))
const nameOf = (kind: string) => `wavy-${kind}`
const packageOf = (kind: string) => `ashlar-plugin-${nameOf(kind)}`

/** The kind that is developed as its README says, with an install of its own. */
const ALONE = 'dataset'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** What a run or a sweep prints with `--json`. */
interface Made {
  readonly run?: string
  readonly trials?: readonly { readonly status: string }[]
}

const ashlar = ({ folder }: Project, ...args: readonly string[]) =>
  run(join(folder, 'node_modules/.bin/ashlar'), args, folder)

/** Where plugins are developed: beside the project, as nothing may come from its node_modules. */
const workshop = ({ folder }: Project) => join(folder, '..', 'plugins')
const own = (project: Project, kind: string) => join(workshop(project), packageOf(kind))

let equipped: Promise<Project> | undefined

/** All plugins written, and above them all that any of them names: one install, not one for each. */
function equippedWorkshop(): Promise<Project> {
  equipped ??= equip()
  return equipped
}

async function equip(): Promise<Project> {
  const project = await installedProject()
  const folder = workshop(project)
  mkdirSync(folder)
  const wanted: Record<string, string> = {}
  for (const kind of kinds) {
    const out = own(project, kind)
    await ashlar(project, 'new', 'plugin', nameOf(kind), '--kind', kind, '--out', out)
    Object.assign(wanted, declaredBy(out))
  }
  const strangers = Object.entries(wanted).filter(([name]) => !name.startsWith('@ashlar/'))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: Object.fromEntries(strangers) }),
  )
  await run('npm', ['install', '--ignore-scripts', ...QUIET, ...project.tarballs], folder)
  return project
}

/** All that a plugin's package.json names, with versions. */
function declaredBy(folder: string): Record<string, string> {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies }
}

async function testsPass(folder: string): Promise<void> {
  const tested = await run('npm', ['test'], folder)
  assert.match(tested, /^(# |ℹ )fail 0$/m)
  assert.match(tested, /^(# |ℹ )pass ([4-9]|\d\d)$/m)
}

for (const kind of kinds) {
  test(`a ${kind} names what it imports, its tests pass with npm, and it is built and packed`, async () => {
    const folder = own(await equippedWorkshop(), kind)
    const declared = Object.keys(declaredBy(folder))
    const sources = ['src', 'test'].flatMap((name) =>
      readdirSync(join(folder, name)).map((file) => readFileSync(join(folder, name, file), 'utf8')),
    )
    const imported = sources
      .flatMap((text) => [...text.matchAll(/\bfrom '((?:@[^/']+\/)?[^./'][^/']*)/g)])
      .map(([, name]) => name!)
      .filter((name) => !name.startsWith('node:'))
    assert.ok(imported.length > 0)
    assert.equal(
      imported.filter((name) => !declared.includes(name)),
      [],
    )
    await testsPass(folder)
    await run('npm', ['pack'], folder)
  })
}

test(`a ${ALONE} by itself: npm brings all that it needs`, async () => {
  const project = await installedProject()
  const folder = join(workshop(project), '..', 'alone')
  await ashlar(project, 'new', 'plugin', 'alone', '--kind', ALONE, '--out', folder)
  const args = ['install', '--ignore-scripts', '--no-save', ...QUIET, ...project.tarballs]
  await run('npm', args, folder)
  await testsPass(folder)
  await run('npm', ['run', 'build'], folder)
})

test('packed, all are found, and loaded only by experiments that name them', async () => {
  const project = await equippedWorkshop()
  const packed = kinds.flatMap((kind) =>
    readdirSync(own(project, kind))
      .filter((file) => file.endsWith('.tgz'))
      .map((file) => join(own(project, kind), file)),
  )
  await run('npm', ['install', '--ignore-scripts', ...QUIET, ...packed], project.folder)
  const available = await ashlar(project, 'plugins', '--available')
  const loaded = await ashlar(project, 'plugins')
  for (const kind of kinds) {
    const told = new RegExp(`^${packageOf(kind)} 0\\.1\\.0 {2}An? ${kind} for `, 'm')
    assert.match(available, told)
    assert.not.match(loaded, nameOf(kind))
  }
  const all = join(project.folder, 'all.yaml')
  const named = { plugins: kinds.map(packageOf), model: 'mini-resnet', dataset: 'mnist' }
  writeFileSync(all, JSON.stringify(named))
  const known = JSON.parse(await ashlar(project, 'plugins', all, '--json')) as {
    readonly plugins: readonly { readonly kind: string; readonly name: string }[]
  }
  for (const kind of kinds) {
    assert.ok(
      known.plugins.some((each) => each.kind === kind && each.name === nameOf(kind)),
      kind,
    )
  }
})

for (const [kind, overrides] of Object.entries(KINDS)) {
  if (!kinds.includes(kind)) continue
  test(`a ${kind} is used by the command of its README`, async () => {
    const project = await equippedWorkshop()
    const readme = readFileSync(join(own(project, kind), 'README.md'), 'utf8')
    const [, experiment] = /```yaml\n([\s\S]*?)```/.exec(readme)!
    const file = join(project.folder, `${nameOf(kind)}.yaml`)
    writeFileSync(file, experiment!)
    // A sweep's trials are other experiments than this one by their seeds alone: two say as much as ten.
    const told = /^npx ashlar (.*)$/m.exec(readme)![1]!.replace('seed=0..9', 'seed=0..1')
    const args = told.split(' ').map((word) => (word === 'experiment.yaml' ? file : word))
    const out = ['--out', `out-${kind}`, '--json']
    const made = JSON.parse(await ashlar(project, ...args, ...overrides, ...out)) as Made
    if (made.trials !== undefined) {
      assert.equal(
        made.trials.map(({ status }) => status),
        ['completed', 'completed'],
      )
      const [request] = readdirSync(join(project.folder, `out-${kind}`), { recursive: true })
        .map(String)
        .filter((path) => basename(path) === 'sweep.json')
      const text = readFileSync(join(project.folder, `out-${kind}`, request!), 'utf8')
      assert.match(text, nameOf(kind))
      return
    }
    assert.match(readFileSync(join(made.run!, 'config.yaml'), 'utf8'), nameOf(kind))
    assert.is(JSON.parse(readFileSync(join(made.run!, 'summary.json'), 'utf8')).outcome, 'finished')
  })
}

test.run()
