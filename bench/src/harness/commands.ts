import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { WorkerCommand } from './worker.ts'

/** Where Python's workers find what they share. */
const SHARED = fileURLToPath(new URL('../peers/', import.meta.url))

/** Starts a worker that is written in TypeScript, as this process was started. */
export function nodeWorker(file: URL, args: readonly string[] = []): WorkerCommand {
  return {
    command: process.execPath,
    args: [...process.execArgv, fileURLToPath(file), ...args],
  }
}

/** Starts a worker that is written in Python. */
export function pythonWorker(python: string, file: URL): WorkerCommand {
  return {
    command: python,
    args: ['-u', fileURLToPath(file)],
    env: { PYTHONPATH: SHARED, PYTHONDONTWRITEBYTECODE: '1' },
  }
}

/** Why a Python interpreter cannot be asked, in words; undefined when it has all the modules. */
export async function missingModule(
  python: string,
  names: readonly string[],
): Promise<string | undefined> {
  const code = `import importlib.util as u, sys; print(*[n for n in sys.argv[1:] if not u.find_spec(n)])`
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', code, ...names])
    const missing = stdout.trim().split(' ').join(', ')
    return missing === '' ? undefined : `${python} has no module ${missing}: run bench/setup`
  } catch (error) {
    const { code: reason, message } = error as NodeJS.ErrnoException
    if (reason !== 'ENOENT') return `${python} does not run: ${message.trim()}`
    return `there is no ${python}: run bench/setup, or name an interpreter by --python`
  }
}
