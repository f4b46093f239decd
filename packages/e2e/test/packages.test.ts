import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { entryPoints, publishedPackages, ROOT } from './support/packages.ts'

const test = suite('published packages')

test('depend on published ones alone, and have something to import', () => {
  const published = publishedPackages()
  const names = new Set(published.map(({ name }) => name))
  assert.ok(names.has('@ashlar/cli'))
  for (const manifest of published) {
    const path = join(ROOT, 'packages', manifest.name.replace('@ashlar/', ''), 'package.json')
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(path, 'utf8'))
    const own = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) =>
      name.startsWith('@ashlar/'),
    )
    assert.equal(
      own.filter((name) => !names.has(name)),
      [],
      manifest.name,
    )
    assert.ok(entryPoints(manifest).length > 0, manifest.name)
  }
})

test.run()
