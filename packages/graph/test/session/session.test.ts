import { createRequire } from 'node:module'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createValue, emptyGraph } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { canKeepInPlace } from '../../src/session/in-place-outputs.ts'
import { createSession, missingLibrary, offeredProviders } from '../../src/session/session.ts'

const test = suite('sessions')

function model(): Uint8Array {
  const graph = emptyGraph()
  const x = createValue([2], 'float32', { name: 'x' })
  graph.inputs.push({ name: 'x', value: x, state: false })
  const builder = new OnnxBuilder(graph)
  graph.outputs.push({ name: 'y', value: builder.add(x, x), state: false })
  return writeOnnx(graph, { opset: 17 })
}

async function refusal(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  )
}

test('start from bytes, with threads and less rewriting', async () => {
  const session = await createSession(model(), { threads: 1, optimization: 'disabled' })
  assert.equal([...session.inputNames, ...session.outputNames], ['x', 'y'])
  await session.release()
})

test('say why a model is refused', async () => {
  const message = await refusal(createSession(Uint8Array.of(1, 2, 3)))
  assert.match(message, /^onnxruntime: a session on cpu must start/)
})

test('say which provider is refused', async () => {
  const message = await refusal(createSession(model(), { providers: ['nonsense'] }))
  assert.match(
    message,
    /^engine\.providers: execution provider must be one of cpu, .*got "nonsense"/,
  )
  assert.ok(offeredProviders().includes('cpu'))
})

test('say which library of a provider is not there, before onnxruntime prints a page', async () => {
  assert.is(missingLibrary('cpu'), undefined)
  assert.is(missingLibrary('nonsense'), undefined)
  for (const provider of offeredProviders()) {
    const file = missingLibrary(provider)
    if (file === undefined) continue
    assert.match(file, new RegExp(`onnxruntime_providers_${provider}\\.(so|dll)$`))
    const message = await refusal(createSession(model(), { providers: [provider] }))
    assert.match(
      message,
      `engine.providers: the libraries of ${provider} must be installed: ${file} is not there`,
    )
    // Another version would not be taken: that of this package goes by its own.
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json')
    assert.match(
      message,
      `Fetch them with: npm install onnxruntime-node@${version} --onnxruntime-node-install=cuda12. The CPU is always there`,
    )
  }
})

test('say that a file is not there', async () => {
  assert.match(await refusal(createSession('/nowhere/model.onnx')), /a session on cpu must start/)
})

test('know the block of channels of this machine', async () => {
  const target = await cpuTarget()
  assert.ok([0, 8, 16].includes(target.block), `${target.block}`)
  assert.not(target.portable)
})

test('know whether outputs can be written in place', async () => {
  assert.type(await canKeepInPlace(), 'boolean')
})

test.run()
