import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { scan } from '../../src/capture/scan.ts'
import type { Graph } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { checkProgram } from '../support/check-program.ts'

await tf.setBackend('cpu')
const test = suite('scan')

type Named = Record<string, tf.Tensor>

const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)
const inputs = {
  xs: { shape: [5, 3, 2] },
  start: { shape: [3, 4] },
  w: { shape: [2, 4] },
  u: { shape: [4, 4], range: [-0.5, 0.5] },
  b: { shape: [4] },
} as const

/** A recurrent network: the last state, and what it saw. */
function network({ xs, start, w, u, b }: Named): tf.Tensor[] {
  const { states, rows } = scan(
    ([h], [x]) => {
      const next = tf.tanh(tf.add(tf.add(product(x!, w!), product(h!, u!)), b!))
      return { states: [next], rows: [tf.mul(next, next), x!, h!] }
    },
    [start!],
    [xs!],
  )
  return [...states, ...rows]
}

/** Loss and derivatives by all inputs. */
function derivatives(fn: (given: Named) => tf.Tensor[]) {
  return (given: Named): Named => {
    const names = Object.keys(given)
    const loss = (...tensors: tf.Tensor[]) => {
      const results = fn(Object.fromEntries(names.map((name, index) => [name, tensors[index]!])))
      const terms = results.map((each, index) => tf.sum(tf.mul(tf.sin(each), index + 0.5)))
      return terms.reduce((sum, each) => tf.add(sum, each)) as tf.Scalar
    }
    const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => given[name]!))
    return {
      loss: value,
      ...Object.fromEntries(grads.map((each, at) => [`by ${names[at]}`, each])),
    }
  }
}

function scansOf(graph: Graph): number {
  return graph.nodes.filter(({ op }) => op === 'Scan').length
}

function captureOf(program: (given: Named) => Named, time = 5): Graph {
  const given = Object.entries(inputs).map(([name, { shape }]) => [
    name,
    { shape: name === 'xs' ? [time, 3, 2] : shape, dtype: 'float32' },
  ])
  return capture(program, { inputs: Object.fromEntries(given) })
}

test('a scan gives what the steps give', () =>
  checkProgram((given) => Object.fromEntries(network(given).entries()), inputs))

test('its derivatives are those of the steps', () => checkProgram(derivatives(network), inputs))

/** Holds derivatives by all inputs against slopes in some direction. */
function checkSlopes(network: (given: Named) => tf.Tensor[]): void {
  // In float32, so coarse; the step that is compared is computed eagerly.
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }], at) => [
      name,
      tf.randomNormal([...shape], 0, 0.5, 'float32', at + 1),
    ]),
  )
  const all = derivatives(network)(given)
  for (const name of Object.keys(inputs)) {
    const direction = tf.randomNormal(given[name]!.shape, 0, 1, 'float32', 9)
    const at = (step: number) =>
      derivatives(network)({
        ...given,
        [name]: tf.add(given[name]!, tf.mul(direction, step)),
      }).loss!.dataSync()[0]!
    const slope = (at(0.01) - at(-0.01)) / 0.02
    const expected = tf.sum(tf.mul(all[`by ${name}`]!, direction)).dataSync()[0]!
    assert.ok(
      Math.abs(slope - expected) < 2e-2 * Math.max(1, Math.abs(slope)),
      `${name}: ${slope}, ${expected}`,
    )
  }
}

test('they are right by central differences', () => checkSlopes(network))

test('a loss may read rows of integers and truth values, wherever they stand', async () => {
  /** What is counted is the same on both sides of a small step. */
  const counted = ({ xs, start, w, u, b }: Named): tf.Tensor[] => {
    const { states, rows } = scan(
      ([h, count], [x]) => {
        const next = tf.tanh(tf.add(tf.add(product(x!, w!), product(h!, u!)), b!))
        const isSmall = tf.less(next, 2)
        const ones = tf.cast(isSmall, 'int32')
        const more = tf.add(count!, ones)
        return { states: [next, more], rows: [ones, next, isSmall, more, tf.mul(next, x!.sum())] }
      },
      [start!, tf.zeros([3, 4], 'int32')],
      [xs!],
    )
    return [...states, ...rows].map((each) => tf.cast(each, 'float32'))
  }
  await checkProgram(derivatives(counted), inputs)
  checkSlopes(counted)
})

test('the graph does not grow with the number of steps', () => {
  // The last state alone: long sums of rows are added up in chunks.
  const last = (given: Named) => network(given).slice(0, 1)
  const sizes = [3, 50, 400].map((time) => {
    const graph = captureOf(derivatives(last), time)
    assert.is(scansOf(graph), 2)
    return optimize(graph, portableTarget()).nodes.length
  })
  assert.equal(sizes, [sizes[0], sizes[0], sizes[0]])
})

test('products with what comes in stand before the loop, those for weights behind it', () => {
  const graph = optimize(captureOf(derivatives(network)), portableTarget())
  const products = graph.nodes
    .filter(({ op }) => op === 'Scan')
    .map(
      ({ attrs }) =>
        (attrs.body as Graph).nodes.filter(({ op }) => op === 'Gemm' || op === 'MatMul').length,
    )
  // That of the state, each way.
  assert.equal(products, [1, 1])
})

test('a scan within a scan', () => {
  const inner = ({ xs, w, u, start }: Named): tf.Tensor[] => {
    const { states, rows } = scan(
      ([h], [x]) => {
        const once = scan(
          ([s], [row]) => {
            const next = tf.add(
              tf.mul(s!, 0.5),
              tf.tanh(tf.mul(tf.sum(product(tf.expandDims(row!), w!), 0), s!)),
            )
            return { states: [next], rows: [tf.mul(next, row!.slice(0, 1))] }
          },
          [tf.mean(h!, 0)],
          [x!],
        )
        const next = tf.tanh(tf.add(product(h!, u!), once.states[0]!))
        return { states: [next], rows: [once.rows[0]!] }
      },
      [start!],
      [xs!],
    )
    return [...states, ...rows]
  }
  const { b: _, ...used } = inputs
  return checkProgram(derivatives(inner), used)
})

test('integers and truth values go along, states that change nothing, and several sequences', () =>
  checkProgram(
    derivatives(({ xs, start, b }) => {
      const { states, rows } = scan(
        ([h, count, flag, same], [x, other]) => {
          const factor = tf.cast(tf.add(count!, tf.cast(flag!, 'int32')), 'float32')
          const next = tf.add(
            tf.mul(h!, 0.5),
            tf.mul(tf.sum(tf.mul(x!, other!)), tf.mul(factor, same!)),
          )
          return {
            states: [next, tf.add(count!, tf.scalar(1, 'int32')), tf.logicalNot(flag!), same!],
            rows: [tf.mul(next, factor), tf.ones([2])],
          }
        },
        [start!, tf.scalar(0, 'int32'), tf.scalar(true, 'bool'), b!],
        [xs!, tf.reverse(xs!, 0)],
      )
      return [states[0]!, states[3]!, ...rows]
    }),
    { xs: inputs.xs, start: inputs.start, b: inputs.b },
  ))

test('one step alone', () =>
  checkProgram(derivatives(network), { ...inputs, xs: { shape: [1, 3, 2] } }))

test('states must keep their shapes and types', () => {
  const wrong = (next: (h: tf.Tensor) => tf.Tensor) => () =>
    captureOf(({ xs, start }) => {
      const { states } = scan(([h], [x]) => ({ states: [next(h!)], rows: [x!] }), [start!], [xs!])
      return { y: states[0]! }
    })
  assert.throws(
    wrong((h) => tf.concat([h, h])),
    /scan: the next states must be float32 \[3,4\].*float32 \[6,4\]/s,
  )
  assert.throws(
    wrong((h) => tf.cast(h, 'int32')),
    /the next states must be float32 \[3,4\].*int32 \[3,4\]/s,
  )
})

test('steps must do the same each time', () => {
  let calls = 0
  const program = ({ xs, start }: Named) => {
    const { states } = scan(
      ([h], [x]) => ({ states: [tf.mul(h!, calls++)], rows: [x!] }),
      [start!],
      [xs!],
    )
    return { y: states[0]! }
  }
  assert.throws(() => captureOf(program), /scan: a step must do the same each time it is called/)
})

test('a derivative of a derivative is refused', () => {
  const program = (given: Named) => {
    const penalty = tf.grad((w) => {
      const slope = tf.grad((x) => tf.sum(network({ ...given, xs: x, w: w as tf.Tensor })[0]!))(
        given.xs!,
      )
      return tf.sum(tf.square(slope))
    })(given.w!)
    return { penalty }
  }
  assert.throws(
    () => captureOf(program),
    /the derivative of a scan must not be differentiated again/,
  )
})

test.run()
