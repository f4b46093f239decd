import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { isCapturing, onHost } from '../../src/capture/host.ts'
import type { Graph } from '../../src/ir/index.ts'
import { markLayerOutput } from '../../src/scope/layer-outputs.ts'
import { scope } from '../../src/scope/scope.ts'
import { runFile } from '../support/run-file.ts'

await tf.setBackend('cpu')

const test = suite('capture')

const vector = { shape: [3], dtype: 'float32' } as const
const key = { seed: { shape: [], dtype: 'int32' }, step: { shape: [], dtype: 'int32' } } as const

const ops = (graph: Graph) => graph.nodes.map(({ op }) => op)

function messageOf(fn: () => unknown): string {
  try {
    fn()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

test('keeps the kernels of a program, and computes nothing', () => {
  const { numTensors } = tf.memory()
  const graph = capture(({ x }) => ({ y: x!.mul(2).relu() }), { inputs: { x: vector } })
  assert.equal(ops(graph), ['Multiply', 'Relu'])
  assert.equal(
    graph.inputs.map(({ name, state }) => ({ name, state })),
    [{ name: 'x', state: false }],
  )
  assert.is(graph.outputs[0]!.value, graph.nodes[1]!.outputs[0])
  assert.is(tf.getBackend(), 'cpu')
  assert.is(tf.memory().numTensors, numTensors)
})

test('makes a constant of a tensor from outside', () => {
  const kept = tf.tensor1d([1, 2, 3])
  const graph = capture(({ x }) => ({ y: x!.add(kept) }), { inputs: { x: vector } })
  assert.equal([...(graph.nodes[0]!.inputs[1]!.data as Float32Array)], [1, 2, 3])
  // It is a copy: the program's owner may dispose of the tensor.
  kept.dispose()
})

test('makes state of a variable: what is read goes in, what is assigned comes out', () => {
  const [read, assigned, untouched] = [1, 2, 3].map((value) => tf.variable(tf.scalar(value)))
  const variables = { read: read!, assigned: assigned!, untouched: untouched! }
  const graph = capture(
    ({ x }) => {
      assigned!.assign(tf.add(assigned!, tf.mul(read!, x!)).sum() as tf.Scalar)
      return { y: assigned! }
    },
    { inputs: { x: vector }, variables },
  )
  const state = graph.inputs.filter((input) => input.state).map(({ name }) => name)
  assert.equal(state.sort(), ['assigned', 'read'])
  assert.equal(
    graph.outputs.map(({ name, state: isState }) => [name, isState]),
    [
      ['y', false],
      ['assigned', true],
    ],
  )
  assert.is(graph.outputs[0]!.value, graph.outputs[1]!.value, 'the program sees what it assigned')
  assert.is(assigned!.dataSync()[0], 2, 'the variable still holds its value')
  assigned!.assign(tf.scalar(7))
  assert.is(assigned!.dataSync()[0], 7, 'and can be assigned again')
  tf.dispose(Object.values(variables))
})

test('puts everything back after an error', () => {
  const weight = tf.variable(tf.scalar(1))
  const random = Math.random // random: compared, not called
  const message = messageOf(() =>
    capture(
      () => {
        weight.assign(tf.scalar(5))
        throw new Error('of the program')
      },
      { inputs: {}, variables: { weight } },
    ),
  )
  assert.is(message, 'of the program')
  assert.is(weight.dataSync()[0], 1)
  assert.is(tf.getBackend(), 'cpu')
  assert.is(Math.random, random) // random: compared, not called
  assert.not(isCapturing())
  weight.dispose()
})

test('refuses to read numbers, and names the line', () => {
  const message = messageOf(() =>
    capture(({ x }) => ({ y: tf.scalar(x!.dataSync()[0]!) }), { inputs: { x: vector } }),
  )
  assert.match(message, /^capture at .*capture\.test\.ts:\d+: a tensor's numbers must not be read/)
  assert.match(message, /Keep to tensor operations/)
  const line = Number(message.match(/capture\.test\.ts:(\d+)/)![1])
  assert.ok(line > 50 && line < 140, message)
})

test('refuses to read numbers in a layer, and names the layer', () => {
  const message = messageOf(() =>
    capture(
      ({ x }) =>
        scope('block', () =>
          scope('norm', () => ({ y: tf.scalar(x!.sum().arraySync() as number) })),
        ),
      { inputs: { x: vector } },
    ),
  )
  assert.match(message, /^capture of layer block\.norm at .*capture\.test\.ts:\d+/)
})

test('refuses to read numbers later', async () => {
  let reading: Promise<unknown> = Promise.resolve()
  capture(
    ({ x }) => {
      reading = x!.data()
      reading.catch(() => undefined)
      return { x: x! }
    },
    { inputs: { x: vector } },
  )
  const message = await reading.then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  )
  assert.match(message, /a tensor's numbers must not be read/)
})

test('refuses a kernel that the op table lacks, and names it and the layer', () => {
  tf.registerKernel({
    kernelName: 'Peculiar',
    backendName: 'cpu',
    kernelFunc: ({ inputs }) => inputs.x as tf.TensorInfo,
  })
  const message = messageOf(() =>
    capture(
      ({ x }) =>
        scope('odd', () => ({
          y: tf.engine().runKernel('Peculiar', { x: x! }) as unknown as tf.Tensor,
        })),
      { inputs: { x: vector } },
    ),
  )
  assert.match(message, /^capture of layer odd: kernel Peculiar must be in the op table/)
  assert.match(message, /defineKernel\(\).*registerKernels\(\)/)
  tf.unregisterKernel('Peculiar', 'cpu')
})

test('refuses random numbers without a seed and a step', () => {
  const message = messageOf(() =>
    capture(({ x }) => ({ y: tf.dropout(x!, 0.5) }), { inputs: { x: vector } }),
  )
  assert.match(message, /must declare the inputs `seed` and `step`/)
})

test('makes random numbers a part of the graph', () => {
  const graph = capture(
    () => ({ a: tf.randomUniform([20], -1, 3), b: tf.randomNormal([20], 2, 0.5) }),
    { inputs: key },
  )
  const [a, b] = graph.nodes.filter(({ op }) => op.startsWith('Random'))
  assert.equal([a!.op, a!.attrs.offset, a!.attrs.scale], ['RandomUniform', -1, 4])
  assert.equal([b!.op, b!.attrs.offset, b!.attrs.scale], ['RandomNormal', 2, 0.5])
  assert.is.not(a!.attrs.salt, b!.attrs.salt)
  assert.equal(a!.inputNames, ['seed', 'step'])
})

for (const [name, draw] of [
  ['a number', () => tf.scalar(Math.random())], // random: what is refused
  ['a product', () => tf.scalar(2).mul(Math.random())], // random: what is refused
  ['a tensor', () => tf.tensor1d([1, Math.random()])], // random: what is refused
  ['a float32', () => tf.scalar(Math.random(), 'float32')], // random: what is refused
  ['rounding', () => tf.scalar(Math.floor(Math.random() * 3))], // random: what is refused
  ['a shape', () => tf.zeros([Math.floor(10 * Math.random())])], // random: what is refused
  ['a decision', () => tf.scalar(Math.random() < 0.5 ? 1 : 2)], // random: what is refused
  ['arithmetic', () => tf.scalar(1 + Math.random())], // random: what is refused
  ['tf.rand', () => tf.rand([3], () => Math.random())], // random: what is refused
  ['tf.rand as it is', () => tf.rand([3], Math.random)], // random: what is refused
  [
    'tf.util.shuffle',
    () => {
      const list = [1, 2, 3, 4]
      tf.util.shuffle(list)
      return tf.tensor1d(list)
    },
  ],
] as const) {
  test(`refuses Math.random() in ${name}, and names the line`, () => {
    const message = messageOf(() => capture(() => ({ y: draw() }), { inputs: key }))
    assert.match(
      message,
      /^capture at .*capture\.test\.ts:\d+: Math\.random\(\) must not be used while the program is captured/,
    )
    assert.match(message, /tf\.randomUniform\(\)/)
  })
}

for (const [name, draw] of [
  ['tf.randomGamma', () => tf.randomGamma([30], 2)],
  ['another generator', () => tf.scalar(seedrandom.alea(String(Math.random()))())], // random: what is refused
] as const) {
  test(`refuses numbers from ${name}, which would be frozen`, () => {
    const message = messageOf(() => capture(() => ({ y: draw() }), { inputs: key }))
    assert.match(
      message,
      /^capture at .*capture\.test\.ts:\d+: random numbers must come from tf\.randomUniform/,
    )
  })
}

test('refuses normal numbers that are whole', () => {
  const message = messageOf(() =>
    capture(() => ({ y: tf.randomNormal([30], 0, 5, 'int32') }), { inputs: key }),
  )
  assert.match(message, /normal random numbers must be drawn as float32/)
  assert.match(message, /tf\.round/)
})

test('leaves Math.random to code that runs on the host', () => {
  let host = 2
  capture(({ x }) => ({ y: onHost(() => (host = Math.random())) < 1 ? x! : x! }), {
    // random: what is meant
    inputs: { x: vector },
  })
  assert.ok(host < 1)
})

test('variables that nobody named are constants, or state under a name that they are given', () => {
  const [read, assigned] = tf.tidy(() => [tf.variable(tf.scalar(2)), tf.variable(tf.scalar(3))])
  const program = ({ x }: Record<string, tf.Tensor>) => {
    const y = x!.mul(read!)
    assigned!.assign(tf.sum(y).add(assigned!) as tf.Scalar)
    return { y: y.add(assigned!) }
  }
  const constant = capture(program, { inputs: { x: vector } })
  assert.equal(
    constant.inputs.map(({ name }) => name),
    ['x'],
  )
  assert.equal(
    constant.outputs.map(({ name }) => name),
    ['y'],
  )
  const state = capture(program, {
    inputs: { x: vector },
    variables: { read: read! },
    nameVariable: (variable) => `found ${variable === assigned}`,
  })
  assert.equal(
    state.inputs.map(({ name, state }) => [name, state]),
    [
      ['x', false],
      ['read', true],
      ['found true', true],
    ],
  )
  assert.equal(
    state.outputs.map(({ name, state }) => [name, state]),
    [
      ['y', false],
      ['found true', true],
    ],
  )
  assert.equal([...read!.dataSync(), ...assigned!.dataSync()], [2, 3])
  tf.dispose([read!, assigned!])
})

test('a variable, another that was assigned it, and the tensor it was made of are three', () => {
  const start = tf.scalar(1)
  const first = tf.variable(start)
  const second = tf.variable(start)
  const graph = capture(
    ({ x }) => {
      first.assign(first.add(1))
      return { y: x!.mul(second).add(start) }
    },
    { inputs: { x: vector }, variables: { first, second } },
  )
  const [add, mul, sum] = graph.nodes
  assert.is(add!.inputs[0], graph.inputs.find(({ name }) => name === 'first')!.value)
  assert.is(mul!.inputs[1], graph.inputs.find(({ name }) => name === 'second')!.value)
  assert.equal([...(sum!.inputs[1]!.data as Float32Array)], [1])
  assert.equal([...first.dataSync(), ...second.dataSync(), ...start.dataSync()], [1, 1, 1])
  tf.dispose([first, second, start])
})

test('refuses a variable that is assigned what it cannot hold, or begins with what is unknown', () => {
  const variable = tf.tidy(() => tf.variable(tf.scalar(1)))
  const assign = messageOf(() =>
    capture(
      ({ x }) => {
        variable.assign(x! as tf.Scalar)
        return {}
      },
      { inputs: { x: vector } },
    ),
  )
  assert.is(
    assign,
    `capture: variable ${variable.name} must be assigned float32 [], got "float32 [3]"`,
  )
  variable.dispose()
  const count = Object.keys(tf.engine().registeredVariables).length
  const made = messageOf(() =>
    capture(({ x }) => ({ y: tf.variable(x!) }), { inputs: { x: vector } }),
  )
  assert.match(
    made,
    /^capture: a variable that is made while the program is captured must begin with/,
  )
  assert.is(Object.keys(tf.engine().registeredVariables).length, count)
})

test('reading a variable is refused, unless it is a constant', () => {
  const variable = tf.tidy(() => tf.variable(tf.scalar(4)))
  const program = ({ x }: Record<string, tf.Tensor>) => ({ y: x!.mul(variable.dataSync()[0]!) })
  const message = messageOf(() =>
    capture(program, { inputs: { x: vector }, variables: { variable } }),
  )
  assert.match(message, /capture\.test\.ts:\d+: a tensor's numbers must not be read/)
  const graph = capture(program, { inputs: { x: vector } })
  assert.equal([...(graph.nodes[0]!.inputs[1]!.data as Float32Array)], [4])
  variable.dispose()
})

test('refuses to be nested', () => {
  const message = messageOf(() =>
    capture(({ x }) => capture(() => ({}), { inputs: {} }) && { y: x! }, { inputs: { x: vector } }),
  )
  assert.match(message, /captures must not be nested/)
})

test('widens an input that is stored in bytes', () => {
  const graph = capture(({ x }) => ({ y: x!.div(255) }), {
    inputs: { x: { shape: [2], dtype: 'int32', storage: 'uint8' } },
  })
  assert.is(graph.inputs[0]!.value.dtype, 'uint8')
  assert.is(graph.nodes[0]!.op, 'Cast')
  assert.is(graph.nodes[0]!.outputs[0]!.dtype, 'int32')
})

test('leaves real numbers to be had on the host', () => {
  let host: number[] = []
  capture(
    ({ x }) => {
      assert.ok(isCapturing())
      host = onHost(() => [...tf.tensor1d([1, 2]).square().dataSync()])
      assert.ok(isCapturing())
      return { x: x! }
    },
    { inputs: { x: vector } },
  )
  assert.equal(host, [1, 4])
})

test('names nodes and outputs by layer', () => {
  const layer = (name: string, x: tf.Tensor) =>
    scope(name, () => {
      const y = x.relu()
      markLayerOutput(y)
      return y
    })
  const graph = capture(({ x }) => ({ y: scope('net', () => layer('act', layer('act', x!))) }), {
    inputs: { x: vector },
  })
  assert.equal(
    graph.nodes.map((node) => node.scope),
    ['net.act', 'net.act'],
  )
  assert.equal(
    graph.nodes.map(({ outputs }) => outputs[0]!.name),
    ['net.act', 'net.act_2'],
  )
})

test('works in a process where tfjs has not chosen a backend yet, and again', async () => {
  const stdout = await runFile(`
    import { capture } from '@ashlar/graph'
    const inputs = { x: { shape: [2], dtype: 'float32' } } as const
    for (let round = 0; round < 2; round++) {
      console.log(capture(({ x }) => ({ y: x!.relu() }), { inputs }).nodes.length, 'kernel')
    }
  `)
  assert.is(stdout.match(/1 kernel/g)?.length, 2)
})

test.run()
