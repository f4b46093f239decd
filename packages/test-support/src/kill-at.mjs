// @ts-nocheck: it puts itself in the place of functions of Node.
// Loaded before a program (--import): ends the process with SIGKILL at one of the operations that change the file system.
//
//   KILL_AT   counts these operations, 1 for the first; left out: counts them and says how many there were, on stderr
//   KILL_HOW  before (default), half (of what is to be written), after

import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const at = Number(process.env.KILL_AT ?? 0)
const how = process.env.KILL_HOW ?? 'before'
let count = 0

const end = () => {
  process.kill(process.pid, 'SIGKILL')
  // Nothing more happens in this process.
  return new Promise(() => undefined)
}

/** Puts a counted function in the place of one. */
function counted(owner, name, isCounted = () => true) {
  const original = owner[name]
  owner[name] = async function (...args) {
    if (!isCounted(args)) return original.apply(this, args)
    count++
    if (count === at && how === 'before') return end()
    if (count === at && how === 'half' && name.endsWith('File')) {
      // Of a path or of an open file: the bytes come last.
      const bytes = Buffer.from(args.at(-1))
      await original.call(this, ...args.slice(0, -1), bytes.subarray(0, bytes.length >> 1))
      return end()
    }
    const result = await original.apply(this, args)
    return count === at && how !== 'before' ? end() : result
  }
}

for (const name of ['mkdir', 'rename', 'rm', 'truncate', 'appendFile']) counted(promises, name)
const probe = await promises.open(process.execPath, 'r')
const handle = Object.getPrototypeOf(probe)
await probe.close()
for (const name of ['writeFile', 'appendFile', 'sync', 'truncate']) counted(handle, name)
const { O_WRONLY, O_RDWR } = promises.constants
const changes = (flags) => (typeof flags === 'number' ? flags & (O_WRONLY | O_RDWR) : flags !== 'r')
counted(promises, 'open', ([, flags]) => changes(flags))
syncBuiltinESMExports()

process.on('exit', () => process.stderr.write(`operations ${count}\n`))
