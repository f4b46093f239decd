import { suite } from 'uvu'
import { attack, COMMANDS, openHome, VECTORS } from '../support/attacks.ts'

const test = suite("every command with everything that a stranger's config may ask for")

let home: Awaited<ReturnType<typeof openHome>>
test.before(async () => {
  home = await openHome()
})
test.after(() => home.close())

for (const command of COMMANDS) test(command.name, () => attack(home.run, command, VECTORS))

test.run()
