import { type JavaScriptKernel, stretched, stridesOf } from '../javascript/javascript-kernel.ts'
import type { ExactMeaning } from '../ops/declaration.ts'
import { type ReductionAttrs, reducedAxes } from '../ops/reduced-axes.ts'

type Write = Record<number, number>

/** A kernel that does what it means, number by number or row by row. */
export function fromMeaning({
  of,
  over,
  ofIntegers,
  overIntegers,
}: ExactMeaning): JavaScriptKernel<ReductionAttrs> {
  if (of !== undefined) {
    return (inputs, attrs, [output]) => {
      const given = Object.values(inputs)
      const isWhole = given[0]!.dtype === 'int32' && ofIntegers !== undefined
      const each = (isWhole ? ofIntegers : of) as (...given: unknown[]) => number
      const [a, b] = given.map((input) => stretched(input, output!.shape))
      const target = output!.data as unknown as Write
      const count = output!.data.length
      for (let index = 0; index < count; index++) {
        const x = a![index]!
        target[index] = b === undefined ? each(x, attrs) : each(x, b[index]!, attrs)
      }
    }
  }
  return ({ x }, attrs, [output]) => {
    const { shape, dtype } = x!
    const data = x!.data as unknown as readonly number[]
    const each = dtype === 'int32' && overIntegers !== undefined ? overIntegers : over!
    const axes = reducedAxes(attrs, shape.length)
    const strides = stridesOf(shape)
    const places = (chosen: readonly number[]) =>
      chosen.reduce<number[]>(
        (starts, axis) =>
          starts.flatMap((start) =>
            Array.from({ length: shape[axis]! }, (_, at) => start + at * strides[axis]!),
          ),
        [0],
      )
    const kept = [...shape.keys()].filter((axis) => !axes.includes(axis))
    const inner = places(axes)
    const target = output!.data as unknown as Write
    for (const [index, start] of places(kept).entries()) {
      target[index] = each(
        inner.map((place) => data[start + place]!),
        attrs as never,
      )
    }
  }
}
