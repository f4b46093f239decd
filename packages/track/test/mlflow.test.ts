import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { allClose } from '@ashlar/core/testing'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mlflow } from '../src/index.ts'
import { trainTiny } from './support/train.ts'

const test = suite('mlflow')

interface Sent {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** A stand-in of the server that keeps what it is sent; `refuse` gives the status of an answer. */
async function withServer(
  refuse: (sent: Sent, count: number) => number | undefined,
  action: (url: string, sent: Sent[]) => Promise<void>,
): Promise<void> {
  const sent: Sent[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const path = request.url!.replace('/api/2.0/', '')
    const one = { method: request.method!, path, body: Buffer.concat(chunks).toString() }
    sent.push(one)
    response.statusCode = refuse(one, sent.length) ?? 200
    const info = { run_id: 'r1', artifact_uri: 'mlflow-artifacts:/7/r1/artifacts' }
    response.end(JSON.stringify({ experiment_id: '7', run: { info } }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  try {
    await action(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sent)
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
}

const missing = ({ path }: Sent) => (path.includes('get-by-name') ? 404 : undefined)
const tracker = (url: string) =>
  mlflow({ url, experiment: 'a b', run: 'r', every: 2, params: async () => ({ seed: 3 }) })

test('makes the experiment, logs parameters and metrics, ends the run', () =>
  withServer(missing, async (url, sent) => {
    const { metrics } = await trainTiny([tracker(url)])
    assert.equal(
      sent.slice(0, 4).map(({ method, path }) => `${method} ${path}`),
      [
        'GET mlflow/experiments/get-by-name?experiment_name=a%20b',
        'POST mlflow/experiments/create',
        'POST mlflow/runs/create',
        'POST mlflow/runs/log-batch',
      ],
    )
    assert.equal(JSON.parse(sent[3]!.body).params, [{ key: 'seed', value: '3' }])
    const logged = sent.flatMap(({ body }) => (body && JSON.parse(body).metrics) || [])
    const validation = logged.filter(({ key }: { key: string }) => key === 'val_loss')
    allClose(
      validation.map(({ value }: { value: number }) => value),
      metrics.val_loss!,
    )
    const { path, body } = sent.at(-1)!
    assert.is(path, 'mlflow/runs/update')
    assert.is(JSON.parse(body).status, 'FINISHED')
  }))

test('a server that goes away for a while loses nothing', () =>
  withServer(
    (sent, count) => missing(sent) ?? (count > 4 && count < 8 ? 503 : undefined),
    async (url, sent) => {
      const { epochs } = await trainTiny([tracker(url)])
      const accepted = sent.filter((_, i) => i < 4 || i >= 7)
      const logged = accepted.flatMap(({ body }) => (body && JSON.parse(body).metrics) || [])
      const losses = logged.filter(({ key }: { key: string }) => key === 'val_loss')
      assert.is(losses.length, epochs.length)
    },
  ))

test('a server that is not there, or refuses, is an error that says so', async () => {
  const failure = async (url: string) => {
    try {
      await trainTiny([tracker(url)])
    } catch (error) {
      assert.instance(error, DataError)
      return (error as Error).message
    }
    throw new Error('expected an error')
  }
  assert.match(
    await failure('http://127.0.0.1:9'),
    /^http:\/\/127\.0\.0\.1:9: the MLflow server must answer, got ".*"\n {2}Start one with `mlflow server`/,
  )
  await withServer(
    () => 403,
    async (url) => {
      assert.match(await failure(url), /get-by-name.*: MLflow must take what it is sent, got "403/)
    },
  )
})

test.run()
