import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { references } from '../../rules/references.js'
import { problemsOf } from '../support/problems.js'

const test = suite('references')

test('wants each package at the root, and what it uses in its own tsconfig.json', () => {
  const files = {
    'tsconfig.json': { references: [{ path: 'packages/a' }] },
    'packages/a/package.json': { dependencies: { zod: '1.0.0' } },
    'packages/a/src/index.ts': '',
    'packages/a/tsconfig.json': {},
    'packages/b/package.json': { dependencies: { '@ashlar/a': 'workspace:*' } },
    'packages/b/src/index.ts': '',
    'packages/b/tsconfig.json': { references: [] },
    'packages/tests-only/package.json': {},
  }
  assert.equal(problemsOf(references, files), [
    'packages/b/tsconfig.json: references must have packages/a, which the package uses',
    'tsconfig.json: references must have packages/b',
  ])
  assert.equal(
    problemsOf(references, {
      ...files,
      'tsconfig.json': { references: [{ path: './packages/a' }, { path: 'packages/b' }] },
      'packages/b/tsconfig.json': { references: [{ path: '../a' }] },
    }),
    [],
  )
})

test.run()
