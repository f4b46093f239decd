import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeLines, readWorkspace } from '../../rules/workspace.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('workspace')

test('reads what .gitignore does not name, and finds the packages', async () => {
  const files = {
    '.gitignore': 'node_modules/\n/runs/\n*.tgz\n',
    'package.json': '{}',
    'runs/one.txt': '',
    'packages/a/package.json': '{ "name": "@ashlar/a" }',
    'packages/a/src/runs/two.ts': '',
    'packages/a/node_modules/x/index.js': '',
    'packages/a/a.tgz': '',
    'bench/package.json': '{}',
  }
  await withFolder(files, (folder) => {
    const workspace = readWorkspace(folder)
    assert.equal(workspace.files.map(({ path }) => path).sort(), [
      '.gitignore',
      'bench/package.json',
      'package.json',
      'packages/a/package.json',
      'packages/a/src/runs/two.ts',
    ])
    const packages = workspace.packages.map((item) => [item.name, item.folder, item.files.length])
    assert.equal(packages.sort(), [
      ['a', 'packages/a', 2],
      ['bench', 'bench', 1],
    ])
  })
})

test('numbers the lines of problems from 1', () => {
  const file = { path: 'x', text: 'good\nbad\n' }
  assert.equal(
    judgeLines(file, (line) => (line === 'bad' ? 'no' : undefined)),
    [{ path: 'x', line: 2, text: 'no' }],
  )
})

test.run()
