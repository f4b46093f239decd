import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { typeOf } from '../file/types.ts'
import { axisOf } from '../value/axes.ts'
import { Value } from '../value/value.ts'
import { absent, type Call, type Operator, operator } from './operator.ts'

/** Values of an input that is a sequence. */
function itemsOf({ input, where }: Call<never>, index: number): readonly Value[] {
  const { items } = input(index)
  if (items !== undefined) return items
  throw new ShapeError({ where, expected: `input ${index} must be a sequence of tensors` })
}

/** A place in a sequence, counted from the end where it is below 0; the end itself by default. */
function placeIn(call: Call<never>, index: number, count: number, last = count - 1): number {
  const { inputs, where } = call
  const given = (inputs[index]?.numbers(where, 'the position')[0] as number | undefined) ?? last
  const place = given < 0 ? given + count : given
  if (Number.isInteger(place) && place >= 0 && place <= last) return place
  throw new ShapeError({ where, expected: `a position must be from ${-count} to ${last}`, given })
}

const split: Operator = operator({
  op: 'SplitToSequence',
  attributes: { axis: 0, keepdims: 1 },
  constants: [1],
  run: ({ input, inputs, where, attributes }) => {
    const x = input(0)
    const axis = axisOf(attributes.axis, x.rank, where)
    const size = x.shape[axis]!
    const given = inputs[1]?.numbers(where, 'the sizes of the parts')
    const isOne = given === undefined || inputs[1]!.rank === 0
    const step = given?.[0] ?? 1
    const sizes = isOne
      ? Array.from({ length: Math.ceil(size / step) }, (_, at) => Math.min(step, size - at * step))
      : [...given]
    const parts = tf.split(x.plain(), sizes, axis)
    // Single rows may lose their axis, where nobody says how many there are in each.
    const isSqueezed = given === undefined && !attributes.keepdims
    const items = parts.map((part) =>
      Value.of(x.type, isSqueezed ? tf.squeeze(part, [axis]) : part),
    )
    // How many rows there are may follow from an input; sizes that are given say how many parts.
    const isFixed = isOne ? x.isFixed : inputs[1]!.isFixed
    return Value.sequence(x.type, items, { isFixed })
  },
})

const concat: Operator = operator({
  op: 'ConcatFromSequence',
  attributes: { axis: 0, new_axis: 0 },
  run: (call) => {
    const items = itemsOf(call as never, 0)
    const { axis, new_axis } = call.attributes
    if (items.length === 0) {
      const expected = 'input 0 must be a sequence of at least one tensor'
      throw new ShapeError({ where: call.where, expected, given: 'an empty one' })
    }
    const tensors = items.map((each) => each.plain())
    const rank = tensors[0]!.rank + (new_axis ? 1 : 0)
    const at = axisOf(axis, rank, call.where)
    return Value.of(items[0]!.type, new_axis ? tf.stack(tensors, at) : tf.concat(tensors, at))
  },
})

/** Sequences of tensors whose length is known before the network runs, and values that may be missing. */
export const sequenceOperators: readonly Operator[] = [
  operator({
    op: 'SequenceEmpty',
    attributes: { dtype: absent.number },
    run: ({ attributes: { dtype } }) => Value.sequence(typeOf(dtype ?? 1) ?? 'float32', []),
  }),
  operator({
    op: 'SequenceConstruct',
    run: ({ input, inputs }) => Value.sequence(input(0).type, inputs as Value[]),
  }),
  operator({
    op: 'SequenceAt',
    constants: [1],
    run: (call) => {
      const items = itemsOf(call as never, 0)
      return items[placeIn(call as never, 1, items.length)]!
    },
  }),
  operator({
    op: 'SequenceLength',
    run: (call) => {
      const { isFixed } = call.input(0)
      return Value.known('int64', [], [itemsOf(call as never, 0).length], { isFixed })
    },
  }),
  operator({
    op: 'SequenceInsert',
    constants: [2],
    run: (call) => {
      const items = itemsOf(call as never, 0)
      const place = placeIn(call as never, 2, items.length, items.length)
      const { isFixed } = call.input(0)
      return Value.sequence(call.input(1).type, items.toSpliced(place, 0, call.input(1)), {
        isFixed,
      })
    },
  }),
  operator({
    op: 'SequenceErase',
    constants: [1],
    run: (call) => {
      const items = itemsOf(call as never, 0)
      const place = placeIn(call as never, 1, items.length)
      const { type, isFixed } = call.input(0)
      return Value.sequence(type, items.toSpliced(place, 1), { isFixed })
    },
  }),
  split,
  concat,
  // A value that may be missing is one that is there, or none.
  operator({ op: 'Optional', attributes: { type: absent.any }, run: ({ input }) => input(0) }),
  operator({ op: 'OptionalGetElement', run: ({ input }) => input(0) }),
  operator({
    op: 'OptionalHasElement',
    run: ({ inputs }) => Value.known('bool', [], [inputs[0] === undefined ? 0 : 1]),
  }),
]
