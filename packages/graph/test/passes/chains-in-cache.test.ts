import { oneIn, tieredSuite } from '@ashlar/test-support'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { createValue, emptyGraph, type Graph, graphTree, type Value } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { chainSizes, runChainsInCache } from '../../src/passes/chains-in-cache.ts'
import { runLowered } from '../support/run-lowered.ts'

const { test, slow } = tieredSuite('chains-in-cache')

const SHAPE = [8, 3, 4]

/** Everything is large, and a round is two rows. */
const sizes = { round: 24, large: 1, spared: 1 }

function input(graph: Graph, name: string, shape: readonly number[]): Value {
  const value = createValue(shape, 'float32', { name })
  graph.inputs.push({ name, value, state: false })
  return value
}

const spec = { shape: SHAPE, dtype: 'float32' } as const

/** Arithmetic at random, with nodes among it that look at other elements, and of whose results some are looked at. */
function graphOf(seed: number): Graph {
  const draw = seedrandom.alea(`arithmetic ${seed}`)
  const graph = emptyGraph()
  const builder = new OnnxBuilder(graph)
  const values = ['x', 'y'].map((name) => input(graph, name, SHAPE))
  const others = [
    input(graph, 'scalar', []),
    input(graph, 'columns', [4]),
    input(graph, 'same', [1, 3, 1]),
    input(graph, 'rows', [8, 1, 1]),
    builder.scalar(0.75),
  ]
  const one = <T>(of: readonly T[]): T => of[Math.floor(draw() * of.length)]!
  for (let node = 0; node < 18; node++) {
    const kind = draw()
    const x = one(values)
    if (kind < 0.1) {
      const mean = builder.node(
        'ReduceMean',
        [x],
        { axes: [0], keepdims: 1 },
        { ...spec, shape: [1, 3, 4] },
      )
      values.push(builder.sub(x, mean))
    } else if (kind < 0.2) {
      const turned = builder.transpose(x, [0, 2, 1])
      values.push(builder.reshape(turned, SHAPE))
    } else if (kind < 0.45) {
      values.push(builder.node(one(['Tanh', 'Sigmoid', 'Abs', 'Relu', 'Neg']), [x], {}, spec))
    } else {
      const pair = [x, one(draw() < 0.5 ? values : others)]
      const op = one(['Add', 'Sub', 'Mul', 'Max'])
      values.push(builder.node(op, draw() < 0.5 ? pair : pair.reverse(), {}, spec))
    }
  }
  for (const [index, value] of values.slice(2).entries()) {
    if (index < 17 && draw() < 0.7) continue
    graph.outputs.push({ name: `output${index}`, value, state: false })
  }
  return graph
}

const draw = seedrandom.alea('feeds')
const feeds = Object.fromEntries(
  Object.entries({ x: 96, y: 96, scalar: 1, columns: 4, same: 3, rows: 8 }).map(
    ([name, length]) => [name, Float32Array.from({ length }, () => 2 * draw() - 1)],
  ),
)

/** Vectors end elsewhere in a part of a tensor: functions may be rounded otherwise there. */
function same(got: readonly Float32Array[], expected: readonly Float32Array[]): void {
  assert.is(got.length, expected.length)
  for (const [index, numbers] of got.entries()) {
    for (const [at, number] of numbers.entries()) {
      const wanted = expected[index]![at]!
      const limit = 1e-5 * Math.max(1, Math.abs(wanted))
      assert.ok(Object.is(number, wanted) || Math.abs(number - wanted) <= limit)
    }
  }
}

const scans = (graph: Graph) => graph.nodes.filter(({ op }) => op === 'Scan')

let made = 0
const some = oneIn(8, { test, slow })

for (let seed = 0; seed < 80; seed++) {
  some(`arithmetic ${seed} gives the same numbers`, async () => {
    const expected = await runLowered(graphOf(seed), feeds)
    const graph = graphOf(seed)
    runChainsInCache(graph, sizes)
    made += scans(graph).length
    same(await runLowered(graph, feeds), expected)
  })
}

/** GELU, and its derivative by what comes back from a product. */
function geluOf(shape: readonly number[]): Graph {
  const graph = emptyGraph()
  const builder = new OnnxBuilder(graph)
  const [x, dy] = ['x', 'dy'].map((name) => input(graph, name, shape)) as [Value, Value]
  const own = { shape, dtype: 'float32' } as const
  const s = builder.div(x, builder.scalar(Math.SQRT2))
  const c = builder.mul(
    builder.scalar(0.5),
    builder.add(builder.scalar(1), builder.node('Erf', [s], {}, own)),
  )
  const y = builder.mul(x, c)
  const turned = builder.transpose(y, [0, 2, 1])
  const e = builder.node('Exp', [builder.sub(builder.scalar(-0.57), builder.mul(s, s))], {}, own)
  const d = builder.add(c, builder.mul(s, e))
  const last = builder.mul(builder.reshape(builder.transpose(turned, [0, 2, 1]), shape), d)
  graph.outputs.push({ name: 'turned', value: turned, state: false })
  graph.outputs.push({
    name: 'dx',
    value: builder.transpose(builder.mul(dy, last), [0, 2, 1]),
    state: false,
  })
  return graph
}

test('a function and its derivative are one chain, before what lies between them', async () => {
  const graph = geluOf(SHAPE)
  runChainsInCache(graph, sizes)
  const [scan, ...others] = scans(graph)
  assert.is(others.length, 0)
  assert.is(scan!.outputs.length, 2)
  assert.equal(scan!.outputs[0]!.shape, [4, 2, 3, 4])
  assert.is(graphTree(graph)[0]!.nodes.length, 10)
  const given = { x: feeds.x!, dy: feeds.y! }
  same(await runLowered(graph, given), await runLowered(geluOf(SHAPE), given))
})

test('small tensors, and those whose first axis cannot be parted, stay as they are', () => {
  for (const [shape, given] of [
    [SHAPE, chainSizes({ block: 8 })],
    [[7, 3, 4], { round: 60, large: 1, spared: 1 }],
    [[1, 3, 4], { round: 6, large: 1, spared: 1 }],
  ] as const) {
    const graph = geluOf(shape)
    runChainsInCache(graph, given)
    assert.is(scans(graph).length, 0, String(shape))
  }
})

test('processors with smaller caches compute in smaller rounds, and begin sooner', () => {
  const shape = [32, 256, 128]
  for (const [block, rounds] of [
    [16, []],
    [8, [16]],
    [0, [16]],
  ] as const) {
    const graph = geluOf(shape)
    runChainsInCache(graph, chainSizes({ block }))
    const found = scans(graph).map(({ outputs }) => outputs[0]!.shape[0])
    assert.equal(found, rounds, `blocks of ${block}`)
  }
})

/** The mask of a ReLU6, of two comparisons of the same, and what it leaves of dy. */
function maskOf(shape: readonly number[]): Graph {
  const graph = emptyGraph()
  const builder = new OnnxBuilder(graph)
  const [y, dy] = ['x', 'y'].map((name) => input(graph, name, shape)) as [Value, Value]
  const bool = { shape, dtype: 'bool' } as const
  const over = builder.node('Greater', [y, builder.scalar(-0.5)], {}, bool)
  const under = builder.node('Less', [y, builder.scalar(0.5)], {}, bool)
  const mask = builder.cast(builder.node('And', [over, under], {}, bool), 'float32')
  const masked = builder.transpose(builder.mul(dy, mask), [0, 2, 1])
  graph.outputs.push({ name: 'dx', value: masked, state: false })
  return graph
}

test('a mask of two comparisons is one chain, however few bytes its parts have', async () => {
  const graph = maskOf(SHAPE)
  runChainsInCache(graph, { round: 24, large: 4 * 96, spared: 1 })
  const [scan, ...others] = scans(graph)
  assert.is(others.length, 0)
  assert.is(scan!.inputs.length, 2)
  const given = { x: feeds.x!, y: feeds.y! }
  same(await runLowered(graph, given), await runLowered(maskOf(SHAPE), given))
})

test('rounds must spare more than they cost', () => {
  for (const [spared, expected] of [
    [1729, 0],
    [1728, 1],
  ] as const) {
    const graph = maskOf(SHAPE)
    // Of 96 floats: two are read, one is written; by themselves the nodes would move masks too.
    runChainsInCache(graph, { round: 24, large: 4 * 96, spared })
    assert.is(scans(graph).length, expected, `${spared}`)
  }
})

test('rows that are larger than a round go one by one, up to twice as large', () => {
  const rounds = (round: number) => {
    const graph = geluOf(SHAPE)
    runChainsInCache(graph, { round, large: 1, spared: 1 })
    return scans(graph).map(({ outputs }) => outputs[0]!.shape[0])
  }
  assert.equal(rounds(6), [8])
  assert.equal(rounds(5), [])
})

test('what would go over memory as often stays as it is', () => {
  const graph = emptyGraph()
  const builder = new OnnxBuilder(graph)
  const [x, y] = ['x', 'y'].map((name) => input(graph, name, SHAPE)) as [Value, Value]
  graph.outputs.push({
    name: 'z',
    value: builder.transpose(builder.add(builder.mul(x, y), y), [0, 2, 1]),
    state: false,
  })
  runChainsInCache(graph, sizes)
  assert.is(scans(graph).length, 0)
})

test('there were chains among the arithmetic', () => {
  assert.ok(made > 0)
})

test.run()
