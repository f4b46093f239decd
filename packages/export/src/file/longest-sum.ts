import { type Graph, ir } from '@ashlar/graph'

type Terms = (sizes: readonly number[], attrs: ir.Attrs) => number

const product = (sizes: readonly number[]) => sizes.reduce((all, each) => all * each, 1)
const last: Terms = (sizes) => sizes.at(-1) ?? 1
const recurrent: readonly (Terms | undefined)[] = [undefined, last, last]

/** Operators that sum products: how many each number is the sum of, by the shape of a constant in each place. */
const SUMS: Readonly<Record<string, readonly (Terms | undefined)[]>> = {
  MatMul: [last, (sizes) => sizes.at(-2) ?? last(sizes, {})],
  Gemm: [
    (sizes, { transA }) => sizes[transA ? 0 : 1] ?? 1,
    (sizes, { transB }) => sizes[transB ? 1 : 0] ?? 1,
  ],
  Conv: [undefined, (sizes) => product(sizes.slice(1))],
  ConvTranspose: [undefined, (sizes) => product(sizes) / (sizes[1] ?? 1)],
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
}

/** The most terms that a number of a graph of standard ONNX is the sum of in its products with constants: what rounding comes to where nobody knows the weights. */
export function longestSum(graph: Graph): number {
  let longest = 1
  for (const { op, domain, inputs, attrs } of ir.allNodes(graph)) {
    const terms = domain === '' && Object.hasOwn(SUMS, op) ? SUMS[op]! : []
    for (const [slot, of] of terms.entries()) {
      const value = inputs[slot]
      if (of === undefined || value === undefined || !ir.isConstant(value)) continue
      longest = Math.max(longest, of(ir.staticShape(value.shape, op), attrs))
    }
  }
  return longest
}
