export { attrsKey } from './attrs-key.ts'
export {
  broadcast,
  type Dim,
  dim,
  formatShape,
  isStatic,
  mapDims,
  type Shape,
  type SymbolicDim,
  sameDim,
  sameShape,
  sizeOf,
  staticShape,
} from './dim.ts'
export { allocate, DTYPES, type DType, onnxType, type TypedArray } from './dtype.ts'
export {
  type Attrs,
  type AttrValue,
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
export { type Emit, emitter, kernelNode } from './kernel-nodes.ts'
export { allNodes, graphTree, isGraph, subgraphsOf } from './subgraphs.ts'
