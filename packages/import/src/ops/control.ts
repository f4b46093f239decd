import { EngineError } from '@ashlar/errors'
import { cond as graphCond, isCapturing, whileLoop } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { OnnxGraph } from '../file/graph.ts'
import { axisOf } from '../value/axes.ts'
import { Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'

/** Rounds beyond this are not written out. */
const MOST_ROUNDS = 4096

const ifElse: Operator = operator({
  op: 'If',
  isLarge: true,
  attributes: { then_branch: absent.graph, else_branch: absent.graph },
  run: ({ input, runner, where, attributes: { then_branch, else_branch } }) => {
    const known = input(0).known()?.[0]
    const [yes, no] = [then_branch as OnnxGraph, else_branch as OnnxGraph]
    if (known !== undefined) return runner.run(known ? yes : no, [])
    let like: Value[] = []
    const branch = (graph: OnnxGraph) => () => {
      like = runner.run(graph, [])
      return like.map((value) => value.plain())
    }
    try {
      const results = graphCond(tf.reshape(input(0).plain(), []), branch(yes), branch(no))
      return results.map((tensor, index) => Value.of(like[index]!.type, tensor))
    } catch (cause) {
      throw new EngineError({
        where,
        expected: 'both branches must fit these inputs, as numbers of an input decide between them',
        hint: `${cause instanceof Error ? cause.message : String(cause)} Where that input always has the same numbers, fix it: loadOnnx(path, { fixed: { NAME: NUMBER } }), or model.fixed in an experiment.`,
        cause,
      })
    }
  },
})

const loop: Operator = operator({
  op: 'Loop',
  isLarge: true,
  attributes: { body: absent.graph },
  run: ({ inputs, runner, where, attributes }) => {
    const body = attributes.body as OnnxGraph
    const carried = inputs.slice(2) as Value[]
    const rounds = inputs[0]?.known()?.[0] as number | undefined
    const begins = inputs[1]?.known()?.[0] as number | undefined
    const isKnown =
      (inputs[0] === undefined || rounds !== undefined) &&
      (inputs[1] === undefined || begins !== undefined)
    const scans: Value[][] = Array.from(
      { length: body.outputs.length - 1 - carried.length },
      () => [],
    )
    if (isKnown && (rounds === undefined || rounds <= MOST_ROUNDS)) {
      let states = carried
      let goes: number | undefined = begins ?? 1
      for (let round = 0; goes && (rounds === undefined || round < rounds); round++) {
        const flag: Value = Value.known('bool', [], [1])
        const [next, ...results] = runner.run(body, [
          Value.known('int64', [], [round]),
          flag,
          ...states,
        ]) as [Value, ...Value[]]
        states = results.slice(0, carried.length)
        for (const [index, scan] of results.slice(carried.length).entries())
          scans[index]!.push(scan)
        goes = next.known()?.[0] as number | undefined
        if (goes === undefined || round > MOST_ROUNDS) break
      }
      if (goes !== undefined) return [...states, ...scans.map(stacked)]
    }
    if (scans.length > 0 && isCapturing()) {
      throw new EngineError({
        where,
        expected:
          'a loop that collects values must have a number of rounds that is known before the network runs',
        hint: 'Export the network with the loop written out, for one length.',
      })
    }
    const first = carried.map((value) => value.plain())
    const limit =
      inputs[0] === undefined ? undefined : tf.reshape(tf.cast(inputs[0].plain(), 'int32'), [])
    const start = inputs[1] === undefined ? tf.scalar(true) : tf.reshape(inputs[1].plain(), [])
    const [, , ...ends] = whileLoop(
      (round, goes) => {
        const within = limit === undefined ? tf.scalar(true) : tf.less(round!, limit)
        return tf.logicalAnd(within, goes!)
      },
      (round, goes, ...states) => {
        const given = states.map((tensor, index) => Value.of(carried[index]!.type, tensor))
        const [next, ...results] = runner.run(body, [
          Value.of('int64', round!),
          Value.of('bool', goes!),
          ...given,
        ]) as [Value, ...Value[]]
        return [
          tf.add(round!, tf.scalar(1, 'int32')),
          tf.reshape(next.plain(), []),
          ...results.slice(0, carried.length).map((value) => value.plain()),
        ]
      },
      [tf.scalar(0, 'int32'), start, ...first],
    )
    return ends.map((tensor, index) => Value.of(carried[index]!.type, tensor))
  },
})

function stacked(values: readonly Value[]): Value {
  if (values.length === 0) return Value.known('float32', [0], [])
  return Value.of(values[0]!.type, tf.stack(values.map((value) => value.plain())))
}

const scan: Operator = operator({
  op: 'Scan',
  isLarge: true,
  opsets: [9, 99],
  attributes: {
    body: absent.graph,
    num_scan_inputs: 1,
    scan_input_axes: absent.numbers,
    scan_input_directions: absent.numbers,
    scan_output_axes: absent.numbers,
    scan_output_directions: absent.numbers,
  },
  run: ({ inputs, runner, where, attributes }) => {
    const body = attributes.body as OnnxGraph
    const count = attributes.num_scan_inputs
    const values = inputs as Value[]
    let states = values.slice(0, values.length - count)
    const sequences = values.slice(values.length - count).map((value, index) => {
      const axis = axisOf(attributes.scan_input_axes?.[index] ?? 0, value.rank, where)
      return tf.unstack(value.plain(), axis)
    })
    const rounds = sequences[0]!.length
    const outputs: Value[][] = []
    for (let round = 0; round < rounds; round++) {
      const items = sequences.map((parts, index) => {
        const isBack = attributes.scan_input_directions?.[index] === 1
        return Value.of(
          values[values.length - count + index]!.type,
          parts[isBack ? rounds - 1 - round : round]!,
        )
      })
      const results = runner.run(body, [...states, ...items])
      const own = results.length - states.length
      const given = results.slice(results.length - own)
      states = results.slice(0, results.length - own)
      for (const [index, value] of given.entries()) {
        outputs[index] ??= []
        outputs[index].push(value)
      }
    }
    return [
      ...states,
      ...outputs.map((parts, index) => {
        const isBack = attributes.scan_output_directions?.[index] === 1
        const tensors = parts.map((value) => value.plain())
        const rank = tensors[0]!.rank + 1
        const axis = axisOf(attributes.scan_output_axes?.[index] ?? 0, rank, where)
        return Value.of(parts[0]!.type, tf.stack(isBack ? tensors.reverse() : tensors, axis))
      }),
    ]
  },
})

/** Operators that hold graphs. */
export const controlOperators: readonly Operator[] = [
  ifElse,
  loop,
  scan,
  operator({
    op: 'Scan',
    opsets: [1, 8],
    attributes: { body: absent.graph, num_scan_inputs: 1, directions: absent.numbers },
    refused:
      'the form of opset 8 has sequences of different lengths in one batch; convert the file to opset 9 or newer',
  }),
]
