import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  captureSteady,
  compileKept,
  type RunnableProgram,
  StateStore,
  type SteadyGraph,
} from '../../src/index.ts'
import type { FinishedProgram } from '../../src/run/finished-program.ts'
import type { ProgramStore } from '../../src/run/program-store.ts'

await tf.setBackend('cpu')

const test = suite('programs that are kept')

/** A store in memory that counts, through JSON as files are. */
function counting(): ProgramStore & { hits: number; readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    hits: 0,
    kept,
    get(key) {
      const text = kept.get(key)
      if (text === undefined) return undefined
      this.hits++
      const { model, ...about } = JSON.parse(text) as FinishedProgram & { readonly model: number[] }
      return { ...about, model: Uint8Array.from(model) }
    },
    add: (key, { model, ...about }) =>
      void kept.set(key, JSON.stringify({ ...about, model: [...model] })),
  }
}

interface Setting {
  readonly rate?: number
  readonly rows?: number
  readonly table?: number
  readonly activation?: 'relu' | 'tanh'
}

/** A training step of some layers with vectors that are laid side by side, and one that counts. */
function captured(setting: Setting = {}): {
  readonly steady: SteadyGraph
  readonly variables: Record<string, tf.Variable>
} {
  const { rate = 0.1, rows = 4, table = 0, activation = 'relu' } = setting
  const variables: Record<string, tf.Variable> = { count: tf.variable(tf.scalar(0)) }
  for (let layer = 0; layer < 5; layer++) {
    const numbers = (length: number) =>
      Float32Array.from({ length }, (_, index) => Math.sin(1 + index + layer))
    variables[`kernel${layer}`] = tf.variable(tf.tensor2d(numbers(36), [6, 6]))
    variables[`bias${layer}`] = tf.variable(tf.tensor1d(numbers(6)))
    variables[`slot${layer}`] = tf.variable(tf.zeros([6]))
  }
  const constant = tf.tensor1d([table, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])
  const step = ({ x }: Record<string, tf.Tensor>) => {
    const loss = () => {
      let y = x!
      for (let layer = 0; layer < 5; layer++) {
        y = tf.add(
          tf.matMul(y as tf.Tensor2D, variables[`kernel${layer}`] as tf.Tensor2D),
          variables[`bias${layer}`]!,
        )
        y = activation === 'relu' ? tf.relu(y) : tf.tanh(y)
      }
      return tf.add(tf.mean(tf.square(y)), tf.mean(constant)) as tf.Scalar
    }
    const { value, grads } = tf.variableGrads(
      loss,
      Object.keys(variables)
        .filter((name) => /kernel|bias/.test(name))
        .map((name) => variables[name]!),
    )
    for (let layer = 0; layer < 5; layer++) {
      const [kernel, bias, slot] = ['kernel', 'bias', 'slot'].map(
        (kind) => variables[`${kind}${layer}`]!,
      ) as [tf.Variable, tf.Variable, tf.Variable]
      kernel.assign(tf.sub(kernel, tf.mul(grads[kernel.name]!, rate)))
      slot.assign(tf.add(tf.mul(slot, 0.9), grads[bias.name]!))
      bias.assign(tf.sub(bias, tf.mul(slot, rate)))
    }
    variables.count!.assign(tf.add(variables.count!, 1))
    return { loss: value }
  }
  const steady = captureSteady(step, {
    inputs: { x: { shape: [rows, 6], dtype: 'float32' } },
    variables,
  })
  return { steady, variables }
}

/** Losses of three steps, and all variables after them. */
async function trained(
  compiled: RunnableProgram,
  state: StateStore,
  variables: Record<string, tf.Variable>,
  rows = 4,
): Promise<number[]> {
  const x = Float32Array.from({ length: rows * 6 }, (_, index) => Math.cos(index))
  const numbers: number[] = []
  for (let step = 0; step < 3; step++) numbers.push(Number((await compiled.run({ x })).loss![0]))
  for (const name of Object.keys(variables)) numbers.push(...(state.get(name) as Float32Array))
  await compiled.dispose()
  return numbers
}

async function run(
  store: ProgramStore,
  setting: Setting = {},
  { build = 'one', cache, trains }: { build?: string; cache?: boolean; trains?: boolean } = {},
): Promise<number[]> {
  const { steady, variables } = captured(setting)
  const state = new StateStore(variables)
  try {
    const options = { state, threads: 1, trains, ...(cache !== undefined && { cache }) }
    const compiled = await compileKept(steady, options, { store, build })
    return await trained(compiled, state, variables, setting.rows)
  } finally {
    state.dispose()
    for (const each of Object.values(variables)) each.dispose()
  }
}

test('compute what they did, to the last bit', async () => {
  const store = counting()
  const first = await run(store)
  assert.is(store.kept.size, 1)
  assert.is(store.hits, 0)
  const second = await run(store)
  assert.is(store.hits, 1)
  assert.is(store.kept.size, 1)
  assert.equal(second, first)
  assert.is(first[3], 3)
  // Vectors lie side by side, as they did.
  const [text] = [...store.kept.values()]
  assert.match(text!, /"variables":\["bias\d","bias\d"/)
})

test('are others of another graph, build or setting', async () => {
  const store = counting()
  await run(store)
  const others: readonly [Setting, { build?: string; trains?: boolean }?][] = [
    [{ rate: 0.2 }],
    [{ rows: 5 }],
    [{ table: -1 }],
    [{ activation: 'tanh' }],
    [{}, { build: 'two' }],
    [{}, { trains: false }],
  ]
  for (const [setting, options] of others) {
    const size = store.kept.size
    const plain = await run(counting(), setting, options)
    assert.equal(await run(store, setting, options), plain)
    assert.is(store.hits, 0, JSON.stringify([setting, options]))
    assert.is(store.kept.size, size + 1)
  }
})

test('are not asked for where nothing is to be kept', async () => {
  const store = counting()
  await run(store, {}, { cache: false })
  assert.is(store.kept.size, 0)
})

test('are not used where variables already lie otherwise, nor replaced by what had to do with that', async () => {
  const store = counting()
  const expected = await run(store)
  const kept = new Map(store.kept)
  const { steady, variables } = captured()
  const state = new StateStore(variables)
  assert.ok(state.arrange(['bias1', 'bias0']))
  const compiled = await compileKept(steady, { state, threads: 1 }, { store, build: 'one' })
  const got = await trained(compiled, state, variables)
  for (const [index, number] of got.entries()) assert.ok(Math.abs(number - expected[index]!) < 1e-6)
  assert.equal(store.kept, kept)
  state.dispose()
  for (const each of Object.values(variables)) each.dispose()
})

test('are not kept where variables already lie otherwise', async () => {
  const store = counting()
  const { steady, variables } = captured()
  const state = new StateStore(variables)
  assert.ok(state.arrange(['bias1', 'bias0']))
  const compiled = await compileKept(steady, { state, threads: 1 }, { store, build: 'one' })
  await trained(compiled, state, variables)
  assert.is(store.kept.size, 0)
  state.dispose()
  for (const each of Object.values(variables)) each.dispose()
})

test.run()
