import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'
import { createValue, emptyGraph, type Value } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { findInPlaceUpdates } from '../../src/passes/in-place-updates.ts'
import { closeTo } from '../support/close-to.ts'

await tf.setBackend('cpu')

const test = suite('updates in place')

const vector = { shape: [3], dtype: 'float32' } as const

/** Names of the variables that a program writes where they lie, after three steps that are held against eager ones. */
async function inPlace(
  variables: Readonly<Record<string, tf.Variable>>,
  run: (x: tf.Tensor) => tf.Tensor,
): Promise<string[]> {
  const state = new StateStore(variables)
  const program = ({ x }: Record<string, tf.Tensor>) => ({ y: run(x!) })
  const graph = capture(program, { inputs: { x: vector }, variables })
  const compiled = await compile(graph, { state, forms: 'usual' })
  const x = Float32Array.of(1, -2, 3)
  for (let step = 0; step < 3; step++) {
    const { y } = await compiled.run({ x })
    const expected = tf.tidy(() => run(tf.tensor1d(x)).dataSync())
    closeTo(y!, expected, 1e-4)
  }
  for (const [name, variable] of Object.entries(variables)) {
    closeTo(state.get(name), variable.dataSync(), 1e-4)
  }
  const found = [...findInPlaceUpdates(compiled.graph)].flatMap(
    ({ name, view }) => view?.variables ?? [name],
  )
  await compiled.dispose()
  tf.dispose(Object.values(variables))
  return found.sort()
}

const variable = (size = 3) => tf.variable(tf.range(1, size + 1))

test('what only the update reads is written in place', async () => {
  const v = variable()
  const run = (x: tf.Tensor) => {
    v.assign(v.mul(0.9).add(x))
    return tf.sum(x)
  }
  assert.equal(await inPlace({ v }, run), ['v'])
})

test('what is read before the update can be written is as well', async () => {
  const v = variable()
  const run = (x: tf.Tensor) => {
    const loss = v.mul(x).sum()
    v.assign(v.sub(loss))
    return loss
  }
  assert.equal(await inPlace({ v }, run), ['v'])
})

test('what something reads that may run later is not', async () => {
  const v = variable()
  const run = (x: tf.Tensor) => {
    v.assign(v.sub(x))
    return v.exp()
  }
  // The exponential is of the new value: only the update reads the old one.
  assert.equal(await inPlace({ v }, run), ['v'])
  const w = variable()
  const late = (x: tf.Tensor) => {
    const before = tf.exp(w)
    w.assign(w.sub(x))
    return before
  }
  assert.equal(await inPlace({ w }, late), [])
})

test('what is returned is not', async () => {
  const v = variable()
  const run = (x: tf.Tensor) => {
    const before = v.reshape([3, 1])
    v.assign(v.sub(x))
    return before
  }
  assert.equal(await inPlace({ v }, run), [])
})

test('what the update reads at another place is not', async () => {
  const v = variable()
  const run = (x: tf.Tensor) => {
    v.assign(tf.reverse(v, 0) as tf.Tensor1D)
    return tf.sum(x)
  }
  assert.equal(await inPlace({ v }, run), [])
})

test('variables that exchange their numbers are not', async () => {
  const [a, b] = [variable(), variable()]
  const run = (x: tf.Tensor) => {
    const sum = a.add(x)
    a.assign(b.mul(2))
    b.assign(sum as tf.Tensor1D)
    return tf.sum(x)
  }
  assert.equal(await inPlace({ a, b }, run), [])
})

test('pieces and joined variables are, an optimizer with slots of several weights', async () => {
  const sizes = { a: 600_000, b: 3, c: 5 }
  const variables: Record<string, tf.Variable> = {}
  for (const [name, size] of Object.entries(sizes)) {
    variables[`weight ${name}`] = tf.variable(tf.linspace(-1, 1, size))
    variables[`slot ${name}`] = tf.variable(tf.zeros([size]))
  }
  const run = (x: tf.Tensor) => {
    const losses = Object.keys(sizes).map((name) => {
      const [w, v] = [variables[`weight ${name}`]!, variables[`slot ${name}`]!]
      const gradient = w.square().mul(tf.sum(x))
      v.assign(v.mul(0.9).add(gradient))
      w.assign(w.sub(v.mul(0.1)))
      return gradient.mean()
    })
    return tf.stack(losses)
  }
  const found = await inPlace(variables, run)
  assert.equal(
    [...new Set(found)].filter((name) => name.startsWith('slot')),
    ['slot a', 'slot b', 'slot c'],
  )
})

for (const size of [600_000, 2 ** 21]) {
  test(`variables of ${size} numbers that updates of others read as well are not`, async () => {
    const [a, b, c] = [variable(size), variable(size), variable(size)]
    const run = (x: tf.Tensor) => {
      const [one, two] = [a.mul(0.5).add(b), b.mul(0.25).sub(tf.sum(x))]
      const three = c.mul(0.5).sub(a)
      a.assign(one as tf.Tensor1D)
      b.assign(two as tf.Tensor1D)
      c.assign(three as tf.Tensor1D)
      return tf.sum(x)
    }
    assert.equal([...new Set(await inPlace({ a, b, c }, run))], ['c'])
  })
}

test('rows of rounds are, where each is taken before it is written', async () => {
  const size = 2 ** 21
  const weight = tf.variable(tf.linspace(-1, 1, size))
  const slot = tf.variable(tf.linspace(0, 1, size))
  const run = (x: tf.Tensor) => {
    const moved = slot.mul(0.9).add(weight.mul(tf.sum(x)))
    const next = weight.sub(moved.mul(0.1))
    slot.assign(moved as tf.Tensor1D)
    weight.assign(next as tf.Tensor1D)
    return tf.sum(x)
  }
  assert.equal(await inPlace({ slot, weight }, run), ['slot', 'weight'])
})

const row = { shape: [3], dtype: 'float32' } as const

/** Names of the states of a scan over them that are written in place; `around` sees them before it, `inside` makes their next rows. */
function inScan(
  inside: (body: OnnxBuilder, rows: readonly Value[]) => readonly Value[],
  around: (builder: OnnxBuilder, states: readonly Value[]) => readonly Value[] = (_, states) =>
    states,
): string[] {
  const graph = emptyGraph()
  const states = ['a', 'b'].map((name) => {
    const value = createValue([2, 3], 'float32', { name })
    graph.inputs.push({ name, value, state: true })
    return value
  })
  const builder = new OnnxBuilder(graph)
  const operands = around(builder, states)
  const body = new OnnxBuilder(emptyGraph())
  const rows = operands.map(({ shape }) => createValue(shape.slice(1), 'float32'))
  body.graph.inputs.push(
    ...rows.map((value, index) => ({ name: `x${index}`, value, state: false })),
  )
  body.graph.outputs.push(
    ...inside(body, rows).map((value, index) => ({ name: `y${index}`, value, state: false })),
  )
  const spec = { shape: [2, 3], dtype: 'float32' } as const
  const attrs = { body: body.graph, num_scan_inputs: operands.length }
  const results = builder.nodes('Scan', operands, attrs, [spec, spec], '', operands.length)
  graph.outputs.push(
    { name: 'a', value: results[0]!, state: true },
    { name: 'b', value: results[1]!, state: true },
  )
  return [...findInPlaceUpdates(graph)].map(({ name }) => name)
}

test('rows that a round may read after it has written them are not', () => {
  const found = inScan((body, [a, b]) => [
    body.node('Add', [a!, b!], {}, row),
    body.node('Mul', [a!, b!], {}, row),
  ])
  assert.equal(found, [])
})

test('rows that a round may read after it has written them are not, seen another way before the scan', () => {
  const found = inScan(
    (body, [a, b, again]) => [body.unary('Neg', a!), body.node('Mul', [again!, b!], {}, row)],
    (builder, [a, b]) => [a!, b!, builder.node('Identity', [a!], {}, a!)],
  )
  assert.equal(found, ['b'])
})

test('rows that a round may read after it has written them are not, seen another way in the round', () => {
  const found = inScan((body, [a, b]) => {
    const same = body.node('Identity', [a!], {}, row)
    const [one, two] = [body.binary('Add', a!, same), body.binary('Mul', same, b!)]
    return [one, two]
  })
  assert.equal(found, ['b'])
})

test.run()
