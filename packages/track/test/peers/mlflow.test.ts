import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allClose } from '@ashlar/core/testing'
import { onnxExporter } from '@ashlar/export'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mlflow } from '../../src/index.ts'
import { trainTiny } from '../support/train.ts'

/** A Python that has the package `mlflow`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const found = spawnSync(python, ['-c', 'import mlflow'], { encoding: 'utf8' })

const PROGRAM = `
import json, sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("peers")
run = client.search_runs([experiment.experiment_id])[0]
path = client.download_artifacts(run.info.run_id, "model.onnx", sys.argv[2])
print(json.dumps({
    "name": run.info.run_name, "status": run.info.status, "params": run.data.params,
    "val_loss": [[m.step, m.value] for m in client.get_metric_history(run.info.run_id, "val_loss")],
    "path": path}))
`

const test = suite('runs in the mlflow server')

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  await new Promise((closed) => server.close(closed))
  return port
}

async function withMlflow(action: (url: string, folder: string) => Promise<void>): Promise<void> {
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
    { cwd: folder, stdio: 'ignore', detached: true },
  )
  const ended = new Promise((resolve) => server.once('exit', resolve))
  try {
    for (let wait = 0; ; wait++) {
      if ((await fetch(`${url}/health`).catch(() => undefined))?.ok) break
      assert.ok(wait < 600 && server.exitCode === null, 'the server must start')
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

if (found.status !== 0) {
  test(`NOT RUN: ${python} has no mlflow (set ASHLAR_PYTHON to one that has)`, () => undefined)
} else {
  test('has parameters, every metric and the model', () =>
    withMlflow(async (url, folder) => {
      const params = async () => ({ 'optimizer.name': 'adam', seed: 1, note: '' })
      const tracker = mlflow({
        ...{ url, experiment: 'peers', run: 'tiny', params },
        exporter: onnxExporter(),
      })
      const { metrics } = await trainTiny([tracker])
      const run = spawnSync(python, ['-c', PROGRAM, url, folder], { encoding: 'utf8' })
      assert.is(run.status, 0, run.stderr)
      const seen = JSON.parse(run.stdout)
      assert.equal([seen.name, seen.status], ['tiny', 'FINISHED'])
      assert.equal(seen.params, { 'optimizer.name': 'adam', seed: '1', note: '' })
      assert.equal(
        seen.val_loss.map(([step]: [number]) => step),
        [5, 10],
      )
      allClose(
        seen.val_loss.map(([, value]: [number, number]) => value),
        metrics.val_loss!,
      )
      // Names its producer in its first bytes.
      assert.match(readFileSync(seen.path).subarray(0, 40).toString('latin1'), 'ashlar')
    }))
}

test.run()
