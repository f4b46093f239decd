import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { cond, whileLoop } from '../../src/capture/control-flow.ts'
import { captureDynamic, type DynamicInput } from '../../src/capture/dynamic.ts'
import { allNodes, type Graph } from '../../src/ir/index.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { optimizeForExport } from '../../src/passes/export.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { scope } from '../../src/scope/scope.ts'
import { createSession } from '../../src/session/session.ts'
import { closeTo } from '../support/close-to.ts'

await tf.setBackend('cpu')

const test = suite('branches and loops')

type Named = Record<string, tf.Tensor>
type Feeds = Readonly<Record<string, readonly number[] | number>>

/** Exports a program and holds it against tfjs on each of the feeds: vectors and scalars of floats. */
async function check(
  program: (inputs: Named) => Named,
  inputs: Readonly<Record<string, DynamicInput>>,
  feeds: readonly Feeds[],
): Promise<Graph> {
  const graph = await optimizeForExport(captureDynamic(program, { inputs }), 17)
  const session = await createSession(
    writeOnnx(graph, { opset: 17, dimName: ({ key }) => `d${key}` }),
  )
  for (const feed of feeds) {
    const tensors = Object.fromEntries(
      Object.entries(feed).map(([name, numbers]) => [name, tf.tensor(numbers as number[])]),
    )
    const expected = program(tensors)
    const results = await session.run(
      Object.fromEntries(
        Object.entries(tensors).map(([name, tensor]) => [
          name,
          new ort.Tensor('float32', tensor.dataSync() as Float32Array, tensor.shape),
        ]),
      ),
    )
    for (const [name, tensor] of Object.entries(expected)) {
      assert.equal(
        [...results[name]!.dims],
        tensor.shape,
        `shape of ${name} for ${JSON.stringify(feed)}`,
      )
      closeTo(results[name]!.data as Float32Array, tensor.dataSync() as Float32Array, 1e-5)
    }
  }
  await session.release()
  return graph
}

const vector = { shape: [null], dtype: 'float32' } as const
const scalar = { shape: [], dtype: 'float32' } as const
const ops = (graph: Graph) => allNodes(graph).map(({ op }) => op)

test('a branch is decided by the numbers, and sees tensors from outside', async () => {
  const shift = tf.tensor1d([0.5])
  const program = ({ x }: Named): Named => {
    const double = tf.mul(x!, 2)
    const [y] = cond(
      tf.greater(tf.sum(x!), 0),
      () => [tf.add(double, shift)],
      () => [tf.sub(tf.neg(double), tf.mean(x!))],
    )
    return { y: y! }
  }
  const graph = await check(program, { x: vector }, [{ x: [1, 2, 3] }, { x: [-1, -2] }])
  assert.is(graph.nodes.filter(({ op }) => op === 'If').length, 1)
})

test('a branch on what is known is taken at once', async () => {
  const program = ({ x }: Named): Named => {
    const [y] = cond(
      tf.scalar(false),
      () => [tf.exp(x!)],
      () => [tf.neg(x!)],
    )
    return { y: y! }
  }
  assert.equal(ops(await check(program, { x: vector }, [{ x: [1, 2] }])), ['Neg'])
})

test('branches of other sizes give a size that varies, and what follows computes with it', async () => {
  const program = ({ x }: Named): Named => {
    const [y] = cond(
      tf.greater(tf.sum(x!), 0),
      () => [tf.concat([x!, x!])],
      () => [tf.slice(x!, 0, 1)],
    )
    const n = y!.shape[0]!
    return { y: y!, z: tf.reshape(y!, [1, n]).add(tf.ones([2, n])) }
  }
  await check(program, { x: vector }, [{ x: [1, 2, 3] }, { x: [-1, -2] }])
})

test('branches nest, and pass on what the outermost sees', async () => {
  const program = ({ x, y }: Named): Named => {
    const [z] = cond(
      tf.greater(tf.sum(x!), 0),
      () =>
        cond(
          tf.greater(tf.sum(y!), 0),
          () => [tf.add(x!, y!)],
          () => [tf.add(tf.zeros(x!.shape), tf.sum(y!))],
        ),
      () => [x!],
    )
    return { z: z! }
  }
  const feeds = [
    { x: [1, 2], y: [3, 4] },
    { x: [1, 2], y: [-3, -4] },
    { x: [-1, -2, 0], y: [0, 0, 0] },
  ]
  await check(program, { x: vector, y: vector }, feeds)
})

test('a loop runs as often as an input says', async () => {
  const rate = tf.scalar(1.5)
  const program = ({ x, n }: Named): Named => {
    const [, y] = whileLoop(
      (i) => tf.less(i!, n!),
      (i, y) => [tf.add(i!, 1), tf.add(tf.mul(y!, rate), x!)],
      [tf.scalar(0), x!],
    )
    return { y: y! }
  }
  const feeds = [0, 1, 5].map((n) => ({ x: [1, -2, 0.5], n }))
  const graph = await check(program, { x: vector, n: scalar }, feeds)
  assert.is(graph.nodes.filter(({ op }) => op === 'Loop').length, 1)
})

test('a loop whose end is known is written out; one that follows a size that varies is not', async () => {
  const sums = (count: (x: tf.Tensor) => number) => (inputs: Named) => {
    const x = inputs.x!
    const [, y] = whileLoop(
      (i) => tf.less(i!, tf.scalar(count(x), 'int32')),
      (i, y) => [tf.add(i!, tf.scalar(1, 'int32')), tf.add(y!, tf.gather(x, i!))],
      [tf.scalar(0, 'int32'), tf.scalar(0)],
    )
    return { y: y! }
  }
  const fixed = await check(
    sums(() => 2),
    { x: vector },
    [{ x: [1, 2] }],
  )
  assert.not(ops(fixed).includes('Loop'))
  const varying = await check(
    sums((x) => x.shape[0]!),
    { x: vector },
    [{ x: [1, 2] }, { x: [1, 2, 3, 4] }],
  )
  assert.ok(ops(varying).includes('Loop'))
})

test('what a loop hands on unchanged comes from outside, a constant as it is', async () => {
  const program = ({ x, n }: Named): Named => {
    const [, y, , w] = whileLoop(
      (i) => tf.less(i!, n!),
      (i, y, x, w) => [tf.add(i!, 1), tf.add(tf.mul(y!, w!), x!), x!, w!],
      [tf.scalar(0), x!, x!, tf.tensor1d([3])],
    )
    return { y: y!, w: tf.add(w!, x!) }
  }
  const graph = await check(program, { x: vector, n: scalar }, [{ x: [1, -2], n: 3 }])
  const loop = graph.nodes.find(({ op }) => op === 'Loop')!
  assert.is(loop.formals, 4)
  assert.equal(loop.outputs.length, 2)
})

test('lists that grow with a size, and numbers that are known, are seen from within', async () => {
  const program = ({ x, n }: Named): Named => {
    const places = tf.range(0, x!.shape[0]!, 1, 'int32')
    const sizes = tf.tensor1d([x!.shape[0]!, 1], 'int32')
    const [, y] = whileLoop(
      (i) => tf.less(i, n!),
      (i, y) => {
        const [rows, columns] = tf.add(sizes, 0).dataSync() as unknown as [number, number]
        return [tf.add(i, 1), tf.add(y, tf.reshape(tf.cast(places, 'float32'), [rows, columns]))]
      },
      [tf.scalar(0), tf.reshape(x!, [x!.shape[0]!, 1])],
    )
    return { y: y! }
  }
  await check(program, { x: vector, n: scalar }, [{ x: [1, 2, 3, 4], n: 3 }])
})

test('a variable may grow from round to round', async () => {
  const program = ({ x, n }: Named): Named => {
    const [, y] = whileLoop(
      (i) => tf.less(i!, n!),
      (i, y) => [tf.add(i!, 1), tf.concat([y!, x!])],
      [tf.scalar(0), x!],
    )
    const size = y!.shape[0]!
    return { y: y!, z: tf.ones([size]) }
  }
  await check(
    program,
    { x: vector, n: scalar },
    [0, 2].map((n) => ({ x: [1, -2], n })),
  )
})

test('loops hold branches and loops', async () => {
  const program = ({ x, n }: Named): Named => {
    const [, y] = whileLoop(
      (i) => tf.less(i!, n!),
      (i, y) => {
        const [half] = cond(
          tf.greater(tf.sum(y!), 10),
          () => [tf.div(y!, 2)],
          () => [tf.add(y!, x!)],
        )
        const [, z] = whileLoop(
          (j) => tf.less(j!, i!),
          (j, z) => [tf.add(j!, 1), tf.add(z!, tf.scalar(0.25))],
          [tf.scalar(0), half!],
        )
        return [tf.add(i!, 1), z!]
      },
      [tf.scalar(0), x!],
    )
    return { y: y! }
  }
  await check(program, { x: vector, n: scalar }, [{ x: [1, 2], n: 6 }])
})

const inputs = { x: { shape: [3], dtype: 'float32' } } as const

/** What a capture of a program with a vector x is refused with. */
function refusal(program: (x: tf.Tensor) => tf.Tensor): string {
  try {
    capture(({ x }) => ({ y: program(x!) }), { inputs })
  } catch (error) {
    return (error as Error).message
  }
  return 'it was captured'
}

test('branches and rounds must give the same kinds of tensors', () => {
  const flag = (x: tf.Tensor) => tf.greater(tf.sum(x), 0)
  assert.is(
    refusal(
      (x) =>
        cond(
          flag(x),
          () => [x],
          () => [tf.sum(x)],
        )[0]!,
    ),
    'cond: both branches must give the same kinds of tensors, got "(float32 of rank 1) and (float32 of rank 0)"',
  )
  assert.is(
    refusal((x) => scope('head', () => whileLoop(flag, (x) => [x, x], [x])[0]!)),
    'whileLoop in layer head: the body must give the kinds of tensors that it takes, got "(float32 of rank 1) and (float32 of rank 1, float32 of rank 1)"',
  )
})

test('a tensor of a branch must be returned from it', () => {
  let escaped: tf.Tensor | undefined
  const message = refusal((x) => {
    cond(
      tf.greater(tf.sum(x), 0),
      () => {
        escaped = tf.exp(x)
        return [escaped]
      },
      () => [x],
    )
    return tf.add(escaped!, 1)
  })
  assert.is(
    message,
    'capture: a tensor made in a branch or loop must be returned from it to be used outside',
  )
})

test('complex and random numbers stay outside', () => {
  const inBranch = (branch: (x: tf.Tensor, z: tf.Tensor) => tf.Tensor) =>
    refusal((x) => {
      const z = tf.complex(x, x)
      return cond(
        tf.greater(tf.sum(x), 0),
        () => [branch(x, z)],
        () => [x],
      )[0]!
    })
  assert.is(
    inBranch((_, z) => tf.real(z)),
    'capture: a branch or loop must not use complex numbers from outside of it\n' +
      '  Take tf.real() and tf.imag() before it.',
  )
  const spec = { shape: [], dtype: 'int32' } as const
  assert.throws(
    () =>
      capture(
        ({ x }) => ({
          y: cond(
            tf.greater(tf.sum(x!), 0),
            () => [tf.add(x!, tf.randomUniform([3]))],
            () => [x!],
          )[0]!,
        }),
        { inputs: { ...inputs, seed: spec, step: spec } },
      ),
    /random numbers must be drawn outside of branches and loops/,
  )
})

test('a program of fixed sizes has none that follow from numbers', () => {
  assert.is(
    refusal((x) => scope('head', () => tf.unique(x).values)),
    'capture of layer head: a program of fixed sizes must have no result whose size follows from the numbers\n' +
      '  Use an op whose result is padded to a fixed size.',
  )
})

test('how many boxes are kept may follow how many there are', () => {
  const program = ({ boxes, scores }: Named): Named => ({
    y: tf.image.nonMaxSuppression(boxes as tf.Tensor2D, scores as tf.Tensor1D, 10),
  })
  const graph = captureDynamic(program, {
    inputs: { boxes: { shape: [null, 4], dtype: 'float32' }, scores: vector },
  })
  const ops = lower(graph, portableTarget()).nodes.map(({ op }) => op)
  // tfjs itself takes no more than there are.
  assert.ok(ops.includes('Min') && ops.includes('NonMaxSuppression'))
})

test('soft suppression is refused', () => {
  const program = ({ boxes, scores }: Named): Named => ({
    y: tf.image.nonMaxSuppressionWithScore(
      boxes as tf.Tensor2D,
      scores as tf.Tensor1D,
      5,
      0.5,
      0,
      0.3,
    ).selectedIndices as tf.Tensor,
  })
  const graph = captureDynamic(program, {
    inputs: { boxes: { shape: [9, 4], dtype: 'float32' }, scores: { ...vector, shape: [9] } },
  })
  assert.throws(
    () => lower(graph, portableTarget()),
    /NonMaxSuppressionV5: softNmsSigma must be 0: ONNX drops boxes that overlap, and lowers no scores, got 0.3/,
  )
})

test('eagerly, a branch and a loop are just that', () => {
  const [y] = cond(
    tf.scalar(1),
    () => [tf.scalar(2)],
    () => [tf.scalar(3)],
  )
  assert.is(y!.dataSync()[0], 2)
  const [n] = whileLoop(
    (n) => tf.less(n, 5),
    (n) => [tf.add(n, 1)],
    [tf.scalar(0)],
  )
  assert.is(n!.dataSync()[0], 5)
})

test.run()
