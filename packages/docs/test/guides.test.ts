import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { guideNames, guideText } from './support/follow-guide.ts'

const test = suite('guides')
const TESTS = fileURLToPath(new URL('slow/guides/', import.meta.url))

// A guide trains several times: together they would be one file of minutes.
test('each has a test file of its own', () => {
  const names = guideNames()
  assert.ok(names.length >= 4, names.join(' '))
  const tests = names.map((name) => name.replace(/\.md$/, '.test.ts'))
  assert.equal(readdirSync(TESTS).sort(), tests.sort())
})

// A reader has the command in a project, where npx finds it; a line without would not be run here either.
test('every command in a fence begins with npx', () => {
  for (const name of guideNames()) {
    for (const [fence] of guideText(name).matchAll(/^```(sh|console)\n[\s\S]*?^```$/gm)) {
      assert.not.match(fence, /^\s*(\$ )?(pnpm )?ashlar /m, name)
    }
  }
})

test.run()
