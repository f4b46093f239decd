import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createServer, type Server } from '../src/index.ts'
import { doubling } from './support/onnx-models.ts'
import { scratch } from './support/scratch.ts'

const test = suite('server')
const folder = scratch()
let server: Server

test.before(async () => {
  const target = folder.write('digits.onnx', doubling())
  server = await createServer({ target, port: 0, log: pino({ level: 'silent' }) })
})

test.after(async () => {
  await server.close()
  folder.remove()
})

test('answers over a socket', async () => {
  const { http } = await server.listen()
  const response = await fetch(`${http}/v2/models/digits/infer`, {
    method: 'POST',
    body: JSON.stringify({
      id: '7',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 3], data: [1, 2, 3, 4, 5, 6.5] }],
    }),
  })
  assert.equal(await response.json(), {
    model_name: 'digits',
    model_version: '1',
    id: '7',
    outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 3], data: [2, 4, 6, 8, 10, 13] }],
  })
  assert.is(response.status, 200)
})

test.run()
