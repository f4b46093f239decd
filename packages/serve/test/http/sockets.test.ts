import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeBytes, encodeBytes } from '../../src/protocol/tensor.ts'
import { identity, slow } from '../support/onnx-models.ts'
import { binaryBody, floats, withServer } from '../support/server.ts'

const test = suite('inference over sockets')

const bytesOf = ({ buffer }: Float32Array) => new Uint8Array(buffer)

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('a body that comes in pieces is read as if it came in one', () =>
  withServer(
    {
      'm/1/model.onnx': identity('FLOAT', ['batch', 5000]),
      't/1/model.onnx': identity('STRING', ['batch', 1]),
    },
    {},
    async (server) => {
      const { http } = await server.listen()
      const send = async (model: string, header: object, data: Uint8Array, cuts: number[]) => {
        const { body, headers } = binaryBody(header, data)
        const pieces = [0, ...cuts].map((cut, index) => body.subarray(cut, cuts[index]))
        const stream = new ReadableStream({
          async pull(controller) {
            const piece = pieces.shift()
            if (piece === undefined) return controller.close()
            controller.enqueue(piece)
            await pause(5)
          },
        })
        const options = { method: 'POST', headers, body: stream, duplex: 'half' as const }
        const answer = await fetch(`${http}/v2/models/${model}/infer`, options)
        assert.is(answer.status, 200)
        const bytes = Buffer.from(await answer.arrayBuffer())
        return bytes.subarray(Number(answer.headers.get('inference-header-content-length')))
      }
      const numbers = Float32Array.from({ length: 30_000 }, (_, index) => index / 7)
      const input = { name: 'x', datatype: 'FP32', shape: [6, 5000] }
      const header = (size: number, tensor: object) => ({
        inputs: [{ ...tensor, parameters: { binary_data_size: size } }],
        parameters: { binary_data_output: true },
      })
      // In the middle of the JSON, in the middle of a number, and small pieces, which are joined.
      for (const cuts of [
        [50, 40_001],
        [60_003, 100_000],
        [10, 20, 30, 40, 119_000],
      ]) {
        assert.equal(floats(await send('m', header(120_000, input), bytesOf(numbers), cuts)), [
          ...numbers,
        ])
      }
      const text = encodeBytes(['a'.repeat(30_000), 'b'.repeat(30_000)])
      const words = { name: 'x', datatype: 'BYTES', shape: [2, 1] }
      const back = await send('t', header(text.length, words), text, [20_000, 40_000])
      assert.equal(decodeBytes('x', back), decodeBytes('x', text))
    },
  ))

test('a request whose client hangs up while it waits is not run', () =>
  withServer(
    { 'm/1/model.onnx': slow(40), 'm/config.pbtxt': 'max_batch_size: 0' },
    {},
    async (server) => {
      const { http } = await server.listen()
      const url = `${http}/v2/models/m/infer`
      const headers = { 'inference-header-content-length': '0' }
      const body = new Uint8Array(512 * 512 * 4)
      const leaving = new AbortController()
      const ask = (signal?: AbortSignal) =>
        fetch(url, { method: 'POST', headers, body, ...(signal === undefined ? {} : { signal }) })
      const { statistics } = server.core.statistics('m')[0]!
      const waiting = () => server.core.statistics('m')[0]!.pending
      const kept = [ask(), ask(), ask()]
      while (waiting() < 3) await pause(1)
      const others = Promise.allSettled([ask(leaving.signal), ask(leaving.signal)])
      while (waiting() < 5) await pause(1)
      leaving.abort()
      await others
      for (const answer of await Promise.all(kept)) assert.is(answer.status, 200)
      while (waiting() > 0) await pause(1)
      assert.is(statistics.failures.CANCELED, 2)
      assert.is(statistics.success.count, 3)
    },
  ))

test.run()
