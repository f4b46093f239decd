import { createRequire } from 'node:module'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nativeTarget } from '../../src/backend/native-target.ts'
import { blockProbe, cpuTarget } from '../../src/run/cpu-target.ts'
import { createNativeSession, requireBinding } from '../../src/session/native-session.ts'

const test = suite('synchronous sessions')

test('run at once', () => {
  const { model, input } = blockProbe()
  if (nativeTarget().block === 0) return
  const session = createNativeSession(model, { threads: 1 })
  const [result] = session.run({ x: input }, ['y'])
  assert.is(result!.length, 32)
  session.release()
})

test('find the same block of channels as asynchronous ones', async () => {
  assert.equal(nativeTarget(), { ...(await cpuTarget()), strict: true })
})

test('say why a model is refused', () => {
  assert.throws(
    () => createNativeSession(Uint8Array.of(1, 2, 3)),
    /onnxruntime: a session must start/,
  )
})

test('say why a run is refused', () => {
  const { model } = blockProbe()
  if (nativeTarget().block === 0) return
  const session = createNativeSession(model, { threads: 1 })
  const wrong = { data: new Float32Array(2), shape: [2], dtype: 'float32' } as const
  assert.throws(() => session.run({ x: wrong }, ['y']), /onnxruntime: a run must succeed/)
  session.release()
})

test('name the version to install when onnxruntime-node has changed', () => {
  const expected = /synchronous sessions in dist.*\n.*Install onnxruntime-node/
  assert.throws(
    () => requireBinding(() => createRequire('/nowhere/')('onnxruntime-node')),
    expected,
  )
  assert.throws(() => requireBinding(() => ({})), expected)
  class Half {
    run(): void {}
  }
  const half = { initOrt: () => undefined, binding: { InferenceSession: Half } }
  assert.throws(() => requireBinding(() => half), expected)
})

test.run()
