import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Has a process of its own claimed to train a run. */
export async function withTrainer(
  fn: (
    child: ChildProcess,
    own: { pid: number; host: string; started: string; began: string },
    ended: Promise<string | null>,
  ) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  const ended = new Promise<string | null>((resolve) =>
    child.on('exit', (_, signal) => resolve(signal)),
  )
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8')
    const started = `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
    await fn(child, { pid: child.pid!, host: hostname(), started, began: '2026' }, ended)
  } finally {
    child.kill('SIGKILL')
  }
}
