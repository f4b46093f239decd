export { attrsKey } from './attrs-key.ts'
export { dependents } from './dependents.ts'
export {
  broadcast,
  type Dim,
  formatShape,
  isStatic,
  type Shape,
  type SymbolicDim,
  sameDim,
  sameSamples,
  sameShape,
  sizeOf,
  staticShape,
} from './dim.ts'
export { allocate, DTYPES, type DType, onnxType, type TypedArray } from './dtype.ts'
export {
  type Attrs,
  type AttrValue,
  bytesOf,
  constant,
  constantData,
  countUses,
  createValue,
  emptyGraph,
  filled,
  type Graph,
  type GraphInput,
  type GraphOutput,
  isConstant,
  type Node,
  namedInput,
  type Origin,
  readersOf,
  replaceUses,
  type StateView,
  uniformValue,
  type Value,
} from './graph.ts'
export { beforeReshapes, type Emit, emitter, isKernel, kernelNode } from './kernel-nodes.ts'
export { nodesFor } from './nodes-for.ts'
export {
  isScan,
  type Row,
  type ScanParts,
  type ScanState,
  scanNode,
  scanParts,
  type Taken,
} from './scan.ts'
export {
  ceilDiv,
  floorDiv,
  freeSize,
  gcd,
  larger,
  minus,
  plus,
  remainder,
  roundedDiv,
  scaledSize,
  smaller,
  substitute,
  times,
} from './size-algebra.ts'
export {
  boundsOf,
  type Factor,
  keyOf,
  partsOf,
  type Rounding,
  type Scaled,
  type SizeSymbol,
  type Term,
} from './size-terms.ts'
export { evaluate, formatSize } from './size-values.ts'
export { allNodes, graphTree, isGraph, subgraphsOf } from './subgraphs.ts'
export { whereOf } from './where.ts'
