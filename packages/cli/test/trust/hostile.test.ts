import { oneIn, tieredSuite } from '@ashlar/test-support'
import { attack, COMMANDS, openHome, VECTORS } from '../support/attacks.ts'

const { test, slow } = tieredSuite("a stranger's files are only looked at")

let home: Awaited<ReturnType<typeof openHome>>
test.before(async () => {
  home = await openHome()
})
test.after(() => home.close())

/** One of each sort for every command, and all of them for one command of each depth; deep/hostile.test.ts tries every pair. */
const EACH = new Set([
  'a plugin by its absolute path',
  'a table elsewhere',
  'a mirror',
  'a log elsewhere',
  'a tracking server',
])
const ALL = new Set(['config', 'evaluate', 'train'])

const some = oneIn(5, { test, slow })

for (const command of COMMANDS) {
  const vectors = ALL.has(command.name) ? VECTORS : VECTORS.filter(({ name }) => EACH.has(name))
  some(`${command.name}: runs, reads, writes and calls nothing, and says what it did not`, () =>
    attack(home.run, command, vectors),
  )
}

test.run()
