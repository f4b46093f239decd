import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RULES } from '../../rules/all.js'
import { describe, readWorkspace } from '../../rules/workspace.js'

const test = suite('this repository')
const workspace = readWorkspace(fileURLToPath(new URL('../../..', import.meta.url)))

for (const rule of RULES) {
  test(`keeps the rule ${rule.name}`, () => {
    assert.is(rule(workspace).map(describe).join('\n'), '')
  })
}

test.run()
