import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from './support/packages.ts'
import { KINDS } from './support/plugin-kinds.ts'

const test = suite('kinds of plugins that are tried as a user makes them')

test('are those that there are templates for', () => {
  const templates = readdirSync(join(ROOT, 'packages/cli/templates/plugin'))
  const found = templates.flatMap((file) => /^([a-z]+)\.ts$/.exec(file)?.[1] ?? [])
  assert.equal(found.sort(), Object.keys(KINDS))
})

test.run()
