import { isStatic, sizeOf, type Value } from '../ir/index.ts'
import { type AllSteps, type StepsContext, type SumOfSteps, stackedAt } from './all-steps.ts'

interface Transposed {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
}

/** The rows of all steps as those of one product, where they are all multiplied by one matrix. */
export const productOfSteps: AllSteps<Transposed> = (context) => {
  const { node, attrs, has, isStacked, input, call, again } = context
  const { shape } = node.outputs[0]!
  if (['bias', 'preluActivationWeights'].some((name) => has(name) && isStacked(name)))
    return undefined
  const others = Object.fromEntries(
    node.inputNames
      .filter((name) => name !== 'a' && name !== 'b')
      .map((name) => [name, input(name)]),
  )
  const [a, b] = [input('a'), input('b')]
  const isOneMatrix = b.shape.slice(0, -2).every((size) => size === 1)
  if (isStacked('a') && !isStacked('b') && isOneMatrix && !attrs.transposeA) {
    const size = sizeOf(a.shape.slice(0, -1))
    const rows = reshaped(context, a, [1, size, a.shape.at(-1)!])
    const matrix = reshaped(context, b, [1, ...b.shape.slice(-2)])
    const product = call(
      node.op,
      { a: rows, b: matrix, ...others },
      [1, size, shape.at(-1)!],
      attrs as never,
    )
    return [reshaped(context, product, [context.time, ...shape])]
  }
  const rank = shape.length
  const sides = { a: stackedAt(context, 'a', rank), b: stackedAt(context, 'b', rank) }
  return again({ ...sides, ...others }, attrs as never)
}

/** What steps have in common is summed over by the product itself, one along all of them. */
export const sumOfProducts: SumOfSteps<Transposed> = (context) => {
  const { node, attrs, isStacked, input, call } = context
  const [a, b] = [input('a'), input('b')]
  const isOne = [a, b].every(({ shape }) => shape.slice(1, -2).every((size) => size === 1))
  const isKnown = [a, b].every(({ shape }) => isStatic(shape))
  const isPlain =
    node.inputNames.length === 2 && isStacked('a') && isStacked('b') && isOne && isKnown
  const isAlongColumns = !attrs.transposeA && attrs.transposeB === true
  const isAlongRows = attrs.transposeA === true && !attrs.transposeB
  if (!isPlain || !(isAlongColumns || isAlongRows)) return undefined
  const long = (value: Value) => {
    if (isAlongColumns) return columnsOfSteps(context, value)
    return reshaped(context, value, [
      1,
      Number(value.shape[0]) * Number(value.shape.at(-2)),
      value.shape.at(-1)!,
    ])
  }
  const { shape } = node.outputs[0]!
  const product = call('BatchMatMul', { a: long(a), b: long(b) }, [1, ...shape.slice(-2)], {
    transposeA: isAlongRows,
    transposeB: isAlongColumns,
    ofSteps: true,
  })
  return reshaped(context, product, shape)
}

/** The columns of all steps, [time, ..., rows, columns] of known sizes, side by side as one matrix [1, rows, time * columns]. */
export function columnsOfSteps(context: Pick<StepsContext, 'call'>, x: Value): Value {
  const [time, rows, columns] = [x.shape[0]!, x.shape.at(-2)!, x.shape.at(-1)!].map(Number) as [
    number,
    number,
    number,
  ]
  const matrices = reshaped(context, x, [time, rows, columns])
  // What is moved are whole rows.
  const turned = context.call('Transpose', { x: matrices }, [rows, time, columns], {
    perm: [1, 0, 2],
  })
  return reshaped(context, turned, [1, rows, time * columns])
}

function reshaped({ call }: Pick<StepsContext, 'call'>, x: Value, shape: Value['shape']): Value {
  if (String(x.shape) === String(shape)) return x
  return call('Reshape', { x }, shape, { shape })
}
