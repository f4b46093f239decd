import { ConfigError, EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Program, tfjsEngine } from '../../src/index.ts'

const test = suite('engine tfjs on a named backend')

/** Says which backend is current while it runs. */
function asking(): { program: Program; answers: string[] } {
  const answers: string[] = []
  const program: Program = {
    name: 'ask',
    inputs: () => ({}),
    run() {
      answers.push(tf.getBackend())
      return { one: tf.scalar(1) }
    },
  }
  return { program, answers }
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it must be rejected')
}

test('computes there, and puts the one before back', async () => {
  await tf.setBackend('cpu')
  const factory = tf.findBackendFactory('cpu')!
  tf.registerBackend('second', factory, 0)
  const { program, answers } = asking()
  const session = await tfjsEngine({ backend: 'second' }).open({})
  await session.prepare(program).run(1, {})
  assert.equal(answers, ['second'])
  assert.is(tf.getBackend(), 'cpu')
  await session.dispose()
  tf.removeBackend('second')
})

test('names the known backends', async () => {
  const error = await errorOf(tfjsEngine({ backend: 'cpuu' }).open({}))
  assert.instance(error, ConfigError)
  assert.match(
    (error as Error).message,
    /^engine tfjs: backend must be one of .*cpu.*, got "cpuu"\n {2}Did you mean "cpu"\?$/,
  )
})

test('says so when a backend does not start', async () => {
  const { warn } = console
  console.warn = () => undefined
  tf.registerBackend('broken', () => Promise.reject(new Error('no library')), 0)
  try {
    const error = await errorOf(tfjsEngine({ backend: 'broken' }).open({}))
    assert.instance(error, EngineError)
    assert.is((error as Error).message, 'engine tfjs: the tfjs backend broken must start')
    assert.is(tf.getBackend(), 'cpu')
  } finally {
    console.warn = warn
    tf.removeBackend('broken')
  }
})

test.run()
