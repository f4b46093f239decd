import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'

const test = suite('compile')

test('an output may have the name of an input or of a variable', async () => {
  const w = tf.variable(tf.tensor1d([10, 20]))
  const state = new StateStore({ w })
  const graph = capture(({ x }) => ({ x: tf.mul(x!, 2), w: tf.add(w, x!) }), {
    inputs: { x: { shape: [2], dtype: 'float32' } },
    variables: { w },
  })
  const program = await compile(graph, { state })
  const { x: doubled, w: sum } = await program.run({ x: Float32Array.of(1, 2) })
  assert.equal([...doubled!], [2, 4])
  assert.equal([...sum!], [11, 22])
  await program.dispose()
  state.dispose()
  w.dispose()
})

const vector = { shape: [2], dtype: 'float32' } as const

async function refusal(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  )
}

test('trains: state goes in and comes out without being copied by hand', async () => {
  const w = tf.variable(tf.tensor1d([1, 2]))
  const state = new StateStore({ w })
  const graph = capture(
    ({ x }) => {
      const next = w.add(x!)
      w.assign(next as tf.Tensor1D)
      return { sum: next.sum() }
    },
    { inputs: { x: vector }, variables: { w } },
  )
  const program = await compile(graph, { state })
  const sums: number[] = []
  for (let step = 0; step < 3; step++) {
    sums.push((await program.run({ x: Float32Array.of(1, 10) })).sum![0] as number)
  }
  assert.equal(sums, [14, 25, 36])
  assert.equal([...state.get('w')], [4, 32])
  state.download()
  assert.equal([...w.dataSync()], [4, 32])
  await program.dispose()
  w.dispose()
})

test('two programs share a store', async () => {
  const w = tf.variable(tf.tensor1d([1, 2]))
  const state = new StateStore({ w })
  const options = { inputs: { x: vector }, variables: { w } }
  const train = await compile(
    capture(({ x }) => {
      w.assign(w.mul(x!) as tf.Tensor1D)
      return {}
    }, options),
    { state },
  )
  const evaluate = await compile(
    capture(({ x }) => ({ y: w.add(x!) }), options),
    { state },
  )
  await train.run({ x: Float32Array.of(3, 4) })
  const { y } = await evaluate.run({ x: Float32Array.of(0.5, 0.5) })
  assert.equal([...y!], [3.5, 8.5])
  await train.dispose()
  await evaluate.dispose()
  w.dispose()
})

test('refuses a store that lacks a variable', async () => {
  const w = tf.variable(tf.tensor1d([1, 2]))
  const captured = () =>
    capture(({ x }) => ({ y: w.add(x!) }), { inputs: { x: vector }, variables: { w } })
  assert.match(await refusal(compile(captured())), /variable w must be in the state store/)
  const state = new StateStore({})
  assert.match(
    await refusal(compile(captured(), { state })),
    /variable w must be in the state store/,
  )
  w.dispose()
})

test('refuses feeds that are missing or too short', async () => {
  const program = await compile(capture(({ x }) => ({ y: x!.neg() }), { inputs: { x: vector } }))
  assert.match(await refusal(program.run({})), /run: input x must hold 2 numbers, got "?nothing/)
  assert.match(
    await refusal(program.run({ x: Float32Array.of(1) })),
    /run: input x must hold 2 numbers, got 1/,
  )
  await program.dispose()
})

test.run()
