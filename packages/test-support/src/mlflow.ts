import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { freePort } from './free-port.ts'

/**
 * An MLflow server of the test's own, for the time of `action`.
 *
 * @param python one that has the package mlflow.
 */
export async function withMlflow(
  python: string,
  action: (url: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-mlflow-'))
  const port = String(await freePort())
  const url = `http://127.0.0.1:${port}`
  const server = spawn(
    python,
    [
      ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', port, '--workers', '1'],
      ...['--backend-store-uri', `sqlite:///${folder}/runs.db`],
      ...['--artifacts-destination', join(folder, 'artifacts')],
    ],
    // Its own jobs, which nothing here needs, take a dozen processes.
    {
      ...{ cwd: folder, stdio: 'ignore', detached: true },
      env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
    },
  )
  const ended = new Promise((resolve) => server.once('exit', resolve))
  try {
    for (;;) {
      if ((await fetch(`${url}/health`).catch(() => undefined))?.ok) break
      assert.is(server.exitCode, null, 'the server must start')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await action(url, folder)
  } finally {
    // The server and its workers.
    process.kill(-server.pid!, 'SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}
