import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeStale } from '../../build/remove-stale.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('removeStale')

test('removes what has no source any more, and nothing else', async () => {
  const kinds = ['.js', '.js.map', '.d.ts', '.d.ts.map']
  const built = ['a', 'deep/b', 'gone', 'deep/gone'].flatMap((name) =>
    kinds.map((kind) => [`dist/${name}${kind}`, '']),
  )
  const files = { 'src/a.ts': '', 'src/deep/b.ts': '', ...Object.fromEntries(built) }
  await withFolder(files, (folder) => {
    const gone = ['dist/gone', 'dist/deep/gone'].flatMap((name) => kinds.map((kind) => name + kind))
    assert.equal(removeStale(folder).sort(), gone.map((path) => path.slice('dist/'.length)).sort())
    for (const path of gone) assert.not.ok(existsSync(join(folder, path)), path)
    for (const kind of kinds) assert.ok(existsSync(join(folder, `dist/deep/b${kind}`)))
    assert.equal(removeStale(folder), [])
  })
})

test('makes the compiler start anew where dist/ is gone', () =>
  withFolder({ 'src/a.ts': '', 'tsconfig.tsbuildinfo': '{}' }, (folder) => {
    assert.equal(removeStale(folder), [])
    assert.not.ok(existsSync(join(folder, 'tsconfig.tsbuildinfo')))
  }))

test.run()
