import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lockfile } from '../../rules/lockfile.js'
import { problemsOf } from '../support/problems.js'

const test = suite('lockfile')

const files = {
  'package.json': { devDependencies: { uvu: '0.5.6' } },
  'pnpm-workspace.yaml': `
packages: [packages/*, bench]
catalog: { zod: 4.0.0, unused: 1.0.0 }
overrides: { 'a>b': 1.0.0 }
`,
  'packages/a/package.json': { dependencies: { zod: 'catalog:' } },
  'bench/package.json': {},
  'elsewhere/package.json': { dependencies: { zod: '9.9.9' } },
  'pnpm-lock.yaml': `
catalogs: { default: { zod: { specifier: 4.0.0, version: 4.0.0 } } }
overrides: { 'a>b': 1.0.0 }
importers:
  .: { devDependencies: { uvu: { specifier: 0.5.6, version: 0.5.6 } } }
  packages/a: { dependencies: { zod: { specifier: 'catalog:', version: 4.0.0 } } }
  bench: {}
`,
}

const hint = '; run: node scripts/pnpm.js install --no-frozen-lockfile'

test('accepts a lockfile that says what the manifests say', () => {
  assert.equal(problemsOf(lockfile, files), [])
})

test('finds what was added, changed and removed', () => {
  assert.equal(
    problemsOf(lockfile, {
      ...files,
      'package.json': {},
      'packages/a/package.json': { dependencies: { zod: '4.0.1', yaml: '2.0.0' } },
      'packages/b/package.json': { devDependencies: { uvu: '0.5.6' } },
    }),
    [
      `pnpm-lock.yaml: must have no for devDependencies uvu of ., got 0.5.6${hint}`,
      `pnpm-lock.yaml: must have 4.0.1 for dependencies zod of packages/a, got catalog:${hint}`,
      `pnpm-lock.yaml: must have 2.0.0 for dependencies yaml of packages/a, got none${hint}`,
      `pnpm-lock.yaml: must have 0.5.6 for devDependencies uvu of packages/b, got none${hint}`,
    ],
  )
})

test('peers are installed as dependencies, unless the package has them anyway', () => {
  const manifest = { devDependencies: { uvu: '0.5.6' }, peerDependencies: { uvu: '0', tsx: '4' } }
  const locked = `
importers:
  .: { devDependencies: { uvu: { specifier: 0.5.6 } }, dependencies: { tsx: { specifier: '4' } } }
`
  assert.equal(problemsOf(lockfile, { 'package.json': manifest, 'pnpm-lock.yaml': locked }), [])
})

test('finds packages that are gone, other catalogs and other overrides', () => {
  const { 'bench/package.json': _, ...rest } = files
  assert.equal(
    problemsOf(lockfile, {
      ...rest,
      'pnpm-workspace.yaml': 'packages: [packages/*]\ncatalog: { zod: 4.0.2 }\n',
    }),
    [
      `pnpm-lock.yaml: has bench, which is no package${hint}`,
      `pnpm-lock.yaml: has zod 4.0.0 in the catalog${hint}`,
      `pnpm-lock.yaml: has other overrides${hint}`,
    ],
  )
})

test.run()
