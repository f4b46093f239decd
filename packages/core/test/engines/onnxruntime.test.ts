import { createRequire } from 'node:module'
import { ConfigError } from '@ashlar/errors'
import { missingLibrary, offeredProviders } from '@ashlar/graph'
import { check } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { onnxruntimeEngine, onnxruntimePlugin } from '../../src/engines/onnxruntime.ts'
import { layers, Model, type Program, sgd } from '../../src/index.ts'

const test = suite('the engine onnxruntime')

function refusalOf(providers: readonly string[]): string {
  try {
    check(onnxruntimePlugin.options, { providers }, 'engine')
    return ''
  } catch (error) {
    assert.instance(error, ConfigError)
    return (error as Error).message
  }
}

test('a provider that this system has not is refused with those that it has', () => {
  assert.is(refusalOf(['cpu']), '')
  assert.match(
    refusalOf(['cpu', 'nonsense']),
    `must be an execution provider that onnxruntime-node has on this system: ${offeredProviders().join(', ')}`,
  )
})

test('one whose libraries are not installed is refused with the file and the command that fetches it', () => {
  const require = createRequire(import.meta.resolve('@ashlar/graph'))
  const { version } = require('onnxruntime-node/package.json')
  for (const provider of offeredProviders()) {
    const file = missingLibrary(provider)
    const refusal = refusalOf([provider])
    if (file === undefined) assert.is(refusal, '')
    else {
      assert.match(
        refusal,
        `must be an execution provider whose libraries are installed (${file} is not there; npm install onnxruntime-node@${version} --onnxruntime-node-install=cuda12 fetches it), or left out for the CPU`,
      )
    }
  }
})

interface Session {
  run(inputs: { readonly x?: unknown }, ...rest: unknown[]): Promise<unknown>
}

function sessions(): { create(...args: unknown[]): Promise<Session> } {
  const require = createRequire(import.meta.resolve('@ashlar/graph'))
  const { InferenceSession } = require('onnxruntime-node') as {
    InferenceSession: { create(...args: unknown[]): Promise<Session> }
  }
  return InferenceSession
}

/** Whether the last program that onnxruntime was given has softplus in the form of training steps. */
async function hasQuickForm(fn: () => Promise<unknown>): Promise<boolean> {
  const InferenceSession = sessions()
  const { create } = InferenceSession
  let model = Buffer.alloc(0)
  InferenceSession.create = (...args) => {
    model = Buffer.from(args[0] as Uint8Array)
    return create.apply(InferenceSession, args)
  }
  try {
    await fn()
  } finally {
    InferenceSession.create = create
  }
  assert.ok(model.length > 0)
  return model.includes('Softsign')
}

test('forms of training steps are for these: carrying states along makes none', async () => {
  class Carrying extends Model {
    readonly rnn = layers.simpleRNN({ units: 3, stateful: true })
    readonly last = layers.dense({ units: 1 })
    override call(x: tf.Tensor): tf.Tensor {
      return this.last.apply(tf.softplus(this.rnn.apply(x) as tf.Tensor)) as tf.Tensor
    }
  }
  const model = new Carrying()
  model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' })
  const [x, y] = [tf.ones([4, 2, 2]), tf.zeros([4, 1])]
  // The portable forms are the same whatever a program is for.
  const isPortable = process.env.ASHLAR_FORMS === 'portable'
  assert.is(await hasQuickForm(() => model.fit(x, y, { batchSize: 2 })), !isPortable)
  assert.not(await hasQuickForm(() => model.predict(x, { batchSize: 2 })))
  assert.not(await hasQuickForm(() => model.evaluate(x, y, { batchSize: 2 })))
  tf.dispose([x, y])
  model.dispose()
})

test('what runs next is compiled alone; other sizes take their memory beforehand', async () => {
  const doubled: Program = {
    name: 'doubled',
    inputs: (batchSize) => ({ x: { shape: [batchSize], dtype: 'float32' } }),
    run: ({ x }) => ({ y: tf.mul(x!, 2) }),
  }
  const InferenceSession = sessions()
  const { create } = InferenceSession
  const ran: number[] = []
  InferenceSession.create = async (...args) => {
    const session = await create.apply(InferenceSession, args)
    const run = session.run.bind(session)
    session.run = (inputs, ...rest) => {
      // Probes have inputs of that name as well.
      const [size] = (inputs.x as { dims?: number[] } | undefined)?.dims ?? []
      if (size === 501 || size === 502) ran.push(size)
      return run(inputs, ...rest)
    }
    return session
  }
  const session = await onnxruntimeEngine().open({})
  try {
    const prepared = session.prepare(doubled)
    await prepared.warm([501], { run: false })
    await prepared.warm([502])
    assert.equal(ran, [502])
    const { y } = await prepared.run(501, { x: new Float32Array(501).fill(3) })
    assert.is(y![500], 6)
    assert.equal(ran, [502, 501])
  } finally {
    InferenceSession.create = create
    await session.dispose()
  }
})

test.run()
