import { hostname } from 'node:os'
import { DataError } from '@ashlar/errors'
import type { RunFolder } from './run-folder.ts'
import { isAlive, type TrainingProcess, trainingProcess } from './training-process.ts'

/**
 * Asks the process that trains a run to stop, as Ctrl-C does: after its step it writes weights and summary, and ends. What a run folder says of its process may
 * come from anybody, so a process is asked only where the system tells it from every other one.
 *
 * @param send asks a process; for tests.
 * @returns the process that was asked.
 * @throws DataError when no process of this machine trains the run, or the system does not say which.
 */
export async function stopRun(
  run: RunFolder,
  send: (pid: number) => void = (pid) => process.kill(pid, 'SIGTERM'),
): Promise<TrainingProcess> {
  const found = await trainingProcess(run)
  if (found === undefined || !(await isAlive(run, found))) {
    throw new DataError({ where: run.path, expected: 'a process must be training the run' })
  }
  if (found.host !== hostname()) {
    throw new DataError({
      where: run.path,
      expected: 'the run must be trained on this machine',
      given: `process ${found.pid} on ${found.host}`,
      hint: 'Stop it there: Ctrl-C, or kill with its number.',
    })
  }
  if (found.started === undefined) {
    throw new DataError({
      where: run.path,
      expected: 'the system must tell when the process of the run started, and this one does not',
      given: `process ${found.pid}`,
      hint: `If it is the one that trains: kill -TERM ${found.pid}`,
    })
  }
  try {
    send(found.pid)
  } catch (error) {
    throw new DataError({
      where: run.path,
      expected: 'the process of the run must be one that may be stopped',
      given: (error as Error).message,
      hint: 'It belongs to another user.',
      cause: error,
    })
  }
  return found
}
