import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'

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

/** The levels of optimization that sessions are asked for while `run` compiles. */
async function levelsOf(run: () => Promise<unknown>): Promise<unknown[]> {
  const { create } = ort.InferenceSession
  const asked: unknown[] = []
  const spied = (model: Uint8Array, options: ort.InferenceSession.SessionOptions) => {
    asked.push(options.graphOptimizationLevel)
    return create.call(ort.InferenceSession, model as never, options as never)
  }
  ort.InferenceSession.create = spied as typeof create
  try {
    await run()
  } finally {
    ort.InferenceSession.create = create
  }
  return asked
}

test('a step is done with before onnxruntime sees it: its constants are computed, and onnxruntime rewrites nothing', async () => {
  const w = tf.variable(tf.tensor1d([1, 2]))
  const state = new StateStore({ w })
  const fixed = tf.tensor1d([4, 9])
  const graph = capture(
    ({ x }) => {
      w.assign(w.add(x!.mul(fixed.sqrt())) as tf.Tensor1D)
      return { roots: fixed.sqrt().mul(2) }
    },
    { inputs: { x: vector }, variables: { w } },
  )
  const options = { state, target: await cpuTarget() }
  let ops: string[] = []
  let results: unknown[] = []
  const levels = await levelsOf(async () => {
    const program = await compile(graph, options)
    ops = program.graph.nodes.map(({ op }) => op)
    const { roots } = await program.run({ x: Float32Array.of(1, 10) })
    results = [[...roots!], [...state.get('w')]]
    await program.dispose()
  })
  assert.is(levels.at(-1), 'disabled')
  assert.not.ok(ops.includes('Sqrt'), `${ops}`)
  assert.equal(results, [
    [4, 6],
    [3, 32],
  ])
  const asked = await levelsOf(async () => {
    const read = capture(({ x }) => ({ y: x!.mul(fixed.sqrt()) }), { inputs: { x: vector } })
    const program = await compile(read, { target: await cpuTarget() })
    await program.dispose()
  })
  assert.is(asked.at(-1), 'all')
  const portable = await levelsOf(async () => {
    const step = ({ x }: Record<string, tf.Tensor>) => {
      w.assign(w.add(x!) as tf.Tensor1D)
      return {}
    }
    const again = capture(step, { inputs: { x: vector }, variables: { w } })
    await (await compile(again, { state, target: portableTarget() })).dispose()
  })
  assert.is(portable.at(-1), 'all')
  state.dispose()
  w.dispose()
})

test('who says that it is no step of training gets no forms of such, but what is written in place stays as it is', async () => {
  const h = tf.variable(tf.tensor1d([1, 2]))
  const state = new StateStore({ h })
  const compiled = async (trains: boolean | undefined) => {
    const graph = capture(
      ({ x }) => {
        h.assign(h.add(x!) as tf.Tensor1D)
        return { y: tf.softplus(x!) }
      },
      { inputs: { x: vector }, variables: { h } },
    )
    let ops: string[] = []
    const levels = await levelsOf(async () => {
      const program = await compile(graph, { state, target: await cpuTarget(), trains })
      ops = program.graph.nodes.map(({ op }) => op)
      await program.dispose()
    })
    return { ops, level: levels.at(-1) }
  }
  const evaluation = await compiled(false)
  assert.ok(evaluation.ops.includes('Softplus'), `${evaluation.ops}`)
  const step = await compiled(true)
  assert.not.ok(step.ops.includes('Softplus'), `${step.ops}`)
  assert.equal((await compiled(undefined)).ops, step.ops)
  assert.equal([evaluation.level, step.level], ['disabled', 'disabled'])
  state.dispose()
  h.dispose()
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
