import { existsSync, readFileSync } from 'node:fs'

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  // Dead, but nobody has asked of what.
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'))
}
