import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { allClose } from '@ashlar/core/testing'
import { onnxExporter } from '@ashlar/export'
import { sampleOf, withMlflow } from '@ashlar/test-support'
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

interface LoggedRun {
  readonly status: string
  readonly params: Readonly<Record<string, string>>
  readonly artifacts: readonly string[]
  readonly metrics: Readonly<Record<string, [step: number, value: number][]>>
}

/** What the server answers, as far as the tests look at it. */
interface Answer {
  readonly experiment?: { readonly experiment_id: string }
  readonly runs?: readonly {
    readonly info: { readonly run_id: string; readonly status: string }
    readonly data: {
      readonly params?: readonly { readonly key: string; readonly value: string }[]
      readonly metrics?: readonly { readonly key: string }[]
    }
  }[]
  readonly files?: readonly { readonly path: string }[]
  readonly metrics?: readonly { readonly step: number; readonly value: number }[]
}

/** All runs of an experiment as the server has them, with every number of every metric; the newest first. */
async function loggedRuns(url: string, name: string): Promise<LoggedRun[]> {
  const ask = async (path: string, request: RequestInit = {}) =>
    (await (await fetch(`${url}/api/2.0/mlflow/${path}`, request)).json()) as Answer
  const { experiment } = await ask(`experiments/get-by-name?experiment_name=${name}`)
  if (experiment === undefined) return []
  const { runs = [] } = await ask('runs/search', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ experiment_ids: [experiment.experiment_id] }),
  })
  return Promise.all(
    runs.map(async ({ info, data }) => {
      const run = `run_id=${info.run_id}`
      const { files = [] } = await ask(`artifacts/list?${run}`)
      const { params = [], metrics = [] } = data
      const histories = metrics.map(async ({ key }) => {
        const history = await ask(`metrics/get-history?${run}&metric_key=${key}`)
        return [key, history.metrics!.map(({ step, value }) => [step, value])] as const
      })
      return {
        status: info.status,
        params: Object.fromEntries(params.map(({ key, value }) => [key, value])),
        artifacts: files.map(({ path }) => path),
        metrics: Object.fromEntries(await Promise.all(histories)) as LoggedRun['metrics'],
      }
    }),
  )
}

const test = suite('runs in the mlflow server')

const TRAINER = fileURLToPath(new URL('../support/train-logged.ts', import.meta.url))

/** Trains in a process of its own; gives the signal that ended it. */
function train(out: string, url: string): { child: ChildProcess; ended: Promise<string | null> } {
  const start = [...process.execArgv, TRAINER, out, url]
  const child = spawn(process.execPath, start, { stdio: ['ignore', 'ignore', 'pipe'] })
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  const ended = new Promise<string | null>((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (code === 0 || signal !== null) resolve(signal)
      else reject(new Error(told))
    })
  })
  return { child, ended }
}

/** Hands requests on to a server, and calls a function before and after each, which counts from 1. */
async function withRelay(
  target: string,
  hook: (count: number, when: 'before' | 'after') => void,
  action: (url: string) => Promise<void>,
): Promise<void> {
  let count = 0
  const relay = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    count++
    const own = count
    hook(own, 'before')
    const { method = 'GET', url = '/' } = request
    const type = request.headers['content-type'] ?? 'application/json'
    const answer = await fetch(target + url, {
      method,
      headers: { 'content-type': type },
      ...(method !== 'GET' && { body: Buffer.concat(chunks) }),
    })
    const body = Buffer.from(await answer.arrayBuffer())
    hook(own, 'after')
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(body)
  })
  await new Promise<void>((listening) => relay.listen(0, '127.0.0.1', listening))
  try {
    await action(`http://127.0.0.1:${(relay.address() as { port: number }).port}`)
  } finally {
    relay.closeAllConnections()
    await new Promise((closed) => relay.close(closed))
  }
}

if (found.status !== 0) {
  test(`NOT RUN: ${python} has no mlflow (set ASHLAR_PYTHON to one that has)`, () => undefined)
} else {
  test('has parameters, every metric and the model', () =>
    withMlflow(python, async (url, folder) => {
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

  test('killed at any request, before or after the server has done it, training goes on in the same run', () =>
    withMlflow(python, async (url, folder) => {
      const histories = () => loggedRuns(url, 'killed')
      let requests = 0
      const count = (number: number) => {
        requests = number
      }
      await withRelay(url, count, async (relay) => {
        assert.is(await train(join(folder, 'whole'), relay).ended, null)
      })
      const [whole] = await histories()
      assert.equal(
        whole!.metrics.loss!.map(([step]) => step),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      )
      assert.is(whole!.status, 'FINISHED')
      // The experiment is looked for and made; its run, the parameters, ten steps, the model, the end.
      assert.is(requests, 16)
      // Of the steps, those around the first checkpoint, between two epochs, and the last.
      for (const at of sampleOf(4, 'requests', [1, 2, 3, 4, 6, 7, 8, 9, 13, 14, 15])) {
        const when = at % 2 === 0 ? 'before' : 'after'
        const out = join(folder, `at-${at}`)
        let child: ChildProcess | undefined
        const kill = (number: number, now: string) => {
          if (number === at && now === when) child?.kill('SIGKILL')
        }
        const name = `killed ${when} request ${at}`
        const before = (await histories()).length
        await withRelay(url, kill, async (relay) => {
          const training = train(out, relay)
          child = training.child
          assert.is(await training.ended, 'SIGKILL', name)
        })
        assert.ok((await histories()).length - before <= 1, name)
        await withRelay(
          url,
          () => undefined,
          async (relay) => {
            assert.is(await train(out, relay).ended, null, name)
          },
        )
        const [run, ...others] = await histories()
        assert.is(others.length, before, `${name}: one run`)
        assert.equal(run!.metrics, whole!.metrics, name)
        assert.equal([run!.status, run!.artifacts], ['FINISHED', ['model.onnx']], name)
        const plain = (params: LoggedRun['params']) => ({ ...params, 'callbacks.mlflow.url': '' })
        assert.equal(plain(run!.params), plain(whole!.params), name)
      }
    }))
}

test.run()
