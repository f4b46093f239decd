import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, onnx, StateStore } from '../../src/index.ts'
import { closeTo } from '../support/close-to.ts'

await tf.setBackend('cpu')

const test = suite('updates arranged in memory')

const SHAPES = [[3], [5], [2, 2], [600, 1000], [7], [4, 1], [1]] as const

/** Momentum on several weights: velocity = 0.9 velocity + gradient, weight -= rate velocity. */
function create() {
  const variables: Record<string, tf.Variable> = {}
  for (const [index, shape] of SHAPES.entries()) {
    variables[`w${index}`] = tf.variable(tf.randomUniform([...shape], -1, 1, 'float32', index + 1))
    variables[`v${index}`] = tf.variable(tf.zeros([...shape]))
  }
  const program = ({ rate }: Record<string, tf.Tensor>) => {
    const losses = SHAPES.map((_, index) => {
      const [w, v] = [variables[`w${index}`]!, variables[`v${index}`]!]
      const gradient = w.square().add(w)
      const velocity = v.mul(0.9).add(gradient)
      v.assign(velocity)
      w.assign(w.sub(velocity.mul(rate!)))
      return gradient.sum()
    })
    return { loss: tf.addN(losses) }
  }
  return { variables, program }
}

test('give the same weights as the eager program', async () => {
  const { variables, program } = create()
  const state = new StateStore(variables)
  const graph = capture(program, { inputs: { rate: { shape: [], dtype: 'float32' } }, variables })
  const compiled = await compile(graph, { state })
  const losses: number[] = []
  for (let step = 0; step < 3; step++) {
    losses.push((await compiled.run({ rate: Float32Array.of(0.1) })).loss![0] as number)
  }
  const expected: number[] = []
  for (let step = 0; step < 3; step++) {
    expected.push(tf.tidy(() => program({ rate: tf.scalar(0.1) }).loss.dataSync()[0]!))
  }
  closeTo(losses, expected, 1e-4)
  for (const [name, variable] of Object.entries(variables)) {
    closeTo(state.get(name), variable.dataSync(), 1e-4)
  }
  const node = onnx.ModelProto.decode(compiled.model).graph!.node!
  // Six small pairs share one update, weights of one output and a bias of one number among them; the large one is in pieces.
  const inputs = onnx.ModelProto.decode(compiled.model).graph!.input!.map(({ name }) => name)
  const joined = inputs.map(String).filter((name) => name.includes('..'))
  assert.equal(joined.toSorted(), ['v0..v6', 'w0..w6'])
  const products = node.filter(({ opType }) => opType === 'Mul').length
  assert.ok(products < 2 * SHAPES.length + 8, `${products} products`)
  await compiled.dispose()
  tf.dispose(Object.values(variables))
})

/** A step of gradient descent on tables of a size; what its model takes as variables. */
async function statesOf(rows: number): Promise<string[]> {
  const tables = ['a', 'b'].map((name) => [name, tf.variable(tf.zeros([rows, 16]))] as const)
  const variables = Object.fromEntries(tables)
  const state = new StateStore(variables)
  const program = ({ rate }: Record<string, tf.Tensor>) => {
    for (const [, table] of tables) table.assign(table.sub(table.square().mul(rate!)))
    return {}
  }
  const graph = capture(program, { inputs: { rate: { shape: [], dtype: 'float32' } }, variables })
  const compiled = await compile(graph, { state })
  const { input } = onnx.ModelProto.decode(compiled.model).graph!
  await compiled.dispose()
  tf.dispose(Object.values(variables))
  return input!.map(({ name }) => String(name)).filter((name) => name !== 'rate')
}

test('tables of some categories share one update, large ones do not', async () => {
  assert.equal(await statesOf(2000), ['a..b'])
  assert.equal((await statesOf(2100)).toSorted(), ['a', 'b'])
})

test.run()
