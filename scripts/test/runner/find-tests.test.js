import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findGroups } from '../../runner/find-tests.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('findGroups')

test('packages with the longest tests come first, each once, and the others as they lie', () =>
  withFolder(
    Object.fromEntries([
      ...['blocks', 'cli', 'e2e', 'errors', 'graph'].map((name) => [
        `packages/${name}/package.json`,
        '{}',
      ]),
      ['scripts/test/a.test.js', ''],
      ['packages/none/README.md', ''],
    ]),
    (folder) => {
      assert.equal(
        findGroups(folder, undefined).map(({ name, files, isTested }) => [name, files, isTested]),
        [
          ...['e2e', 'cli', 'graph', 'blocks', 'errors'].map((name) => [name, [], false]),
          ['scripts', ['a.test.js'], true],
        ],
      )
    },
  ))

test.run()
