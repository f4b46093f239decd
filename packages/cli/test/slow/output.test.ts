import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commandLine } from '../support/process.ts'

const test = suite('what a command writes')

test('a pipe gets no colours, not even where the environment says CI', () => {
  const { stderr } = spawnSync(process.execPath, commandLine(['train', 'nowhere.yaml']), {
    encoding: 'utf8',
    env: { ...process.env, CI: 'true' },
  })
  assert.match(stderr, /^\/.*nowhere\.yaml: the file must exist\n$/)
})

test.run()
