import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { moduleOf } from './module-of.ts'

const CHILD = fileURLToPath(new URL('../../src/raw/picture-process.ts', import.meta.url))

/** As a decoder that never ends; prints a line once it has begun. */
const ENDLESS = `
import { writeSync } from 'node:fs'
const once = process.once.bind(process)
const endless = () => {
  writeSync(1, 'reading\\n')
  for (;;);
}
process.once = (name, listener) => once(name, name === 'message' ? endless : listener)`

/** Starts the process of a picture, which takes forever. */
export function startEndless(seconds: number, stdout: 'ignore' | 'inherit'): ChildProcess {
  const child = fork(CHILD, [process.pid, 2 ** 32, seconds].map(String), {
    execArgv: [...process.execArgv, '--import', moduleOf(ENDLESS)],
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
  })
  child.send({})
  return child
}
