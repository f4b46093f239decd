import type { Value } from '../ir/index.ts'
import { branch } from './branch.ts'
import type { OnnxBuilder } from './builder.ts'
import { centredChannels, channelMeans, channelMeansOfProduct } from './channels.ts'
import type { Layout } from './layout.ts'

/** A variance of so little of the largest that weights of the same size could give is no longer told from what the sums were rounded by: it has two digits left. */
const DOUBTFUL = 3e-5

interface Variances {
  /** By the products: [outputs]. */
  readonly variance: Value
  /** [inputs, outputs]. */
  readonly filter: Value
  /** Of any two inputs, [inputs, inputs]. */
  readonly products: Value
  /** What makes means of the products. */
  readonly share: number
  /** Of the batch norm. */
  readonly epsilon: number
}

interface Result {
  /** What a linear kernel gives, and how its channels lie. */
  of(
    builder: OnnxBuilder,
    image: Value,
    filter: Value,
  ): { readonly y: Value; readonly layout: Layout }
}

/**
 * Variances of a linear kernel's result that were found by the products of its inputs with each other, or those of the result itself, where some of the former are doubtful.
 *
 * Where the weights of a channel cancel what its inputs have in common, the terms of the sum over the products are far larger than the sum. Of a thousandth of the numbers a millionth of the variance is left,
 * which is what float32 rounds by.
 */
export function reliableVariances(
  builder: OnnxBuilder,
  { variance, filter, products, share, epsilon }: Variances,
  image: Value,
  result: Result,
): Value {
  // Where it is zero, rounding could leave it below.
  const found = builder.unary('Relu', variance)
  const inputs = Number(products.shape[0])
  const diagonal = Array.from({ length: inputs * inputs }, (_, at) =>
    at % (inputs + 1) === 0 ? DOUBTFUL * share : 0,
  )
  const squares = builder.mul(products, builder.tensor(diagonal, [inputs, inputs]))
  const sizes = builder.unary('Sqrt', builder.reduce('ReduceSum', squares, [0], true))
  const doubtful = builder.matMul(sizes, builder.unary('Abs', filter))
  const kept = builder.add(found, builder.scalar(epsilon))
  const above = builder.sub(kept, builder.mul(doubtful, doubtful))
  const least = builder.reduce('ReduceMin', above, [0, 1], false)
  const isDoubtful = builder.binary('Less', least, builder.scalar(0), 'bool')
  const given = [image, filter, found] as const
  const then_branch = branch(builder, given, (inner, [x, weights]) => {
    const { y, layout } = result.of(inner, x, weights)
    const centred = centredChannels(inner, y, channelMeans(inner, y, layout), layout)
    return channelMeansOfProduct(inner, centred, centred, layout)
  })
  const else_branch = branch(builder, given, (_, [, , same]) => same)
  const inner = { then_branch, else_branch }
  return builder.nodes('If', [isDoubtful, ...given], inner, [found], '', 1)[0]!
}
