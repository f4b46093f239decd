import { BATCH_KEY } from '@ashlar/export/inspect'
import { onnx } from '@ashlar/graph'

const { DataType } = onnx.TensorProto

/** `[name, type, sizes]`; a size that is text varies. */
type Port = readonly [string, keyof typeof DataType, readonly (number | string)[]]

interface Parts {
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  readonly nodes: readonly {
    readonly op: string
    readonly inputs: readonly string[]
    readonly outputs: readonly string[]
    readonly attributes?: Readonly<Record<string, number>>
  }[]
  readonly constants?: Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>
  readonly metadata?: Readonly<Record<string, string>>
}

/** The bytes of a small ONNX file. Where all first sizes are called `batch` it says that they are, as files of Ashlar do. */
export function onnxFile({
  inputs,
  outputs,
  nodes,
  constants = {},
  metadata = {},
}: Parts): Uint8Array {
  const batched = [...inputs, ...outputs].every(([, , [first]]) => first === 'batch')
  return onnx.ModelProto.encode({
    irVersion: 8,
    producerName: 'test',
    metadataProps: Object.entries({ ...(batched && { [BATCH_KEY]: '0' }), ...metadata }).map(
      ([key, value]) => ({ key, value }),
    ),
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'test',
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
      node: nodes.map((node) => ({
        opType: node.op,
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: Object.entries(node.attributes ?? {}).map(([name, i]) => ({
          name,
          type: onnx.AttributeProto.AttributeType.INT,
          i,
        })),
      })),
      initializer: Object.entries(constants).map(([name, { shape, data }]) => ({
        name,
        dims: [...shape],
        dataType: DataType.FLOAT,
        rawData: new Uint8Array(data.buffer),
      })),
    },
  }).finish()
}

function valueInfo([name, type, sizes]: Port) {
  return {
    name,
    type: {
      tensorType: {
        elemType: DataType[type],
        shape: {
          dim: sizes.map((size) =>
            typeof size === 'string' ? { dimParam: size } : { dimValue: size },
          ),
        },
      },
    },
  }
}

/** y = 2 x, three numbers a sample. */
export function doubling(factor = 2, metadata: Record<string, string> = {}): Uint8Array {
  return onnxFile({
    metadata,
    inputs: [['x', 'FLOAT', ['batch', 3]]],
    outputs: [['y', 'FLOAT', ['batch', 3]]],
    nodes: [{ op: 'Mul', inputs: ['x', 'factor'], outputs: ['y'] }],
    constants: { factor: { shape: [], data: Float32Array.of(factor) } },
  })
}

/** The same, in words before its numbers: `text` of `x` as it stands there. */
export function inWords(): Uint8Array {
  return onnxFile({
    inputs: [['x', 'FLOAT', ['batch', 3]]],
    outputs: [
      ['text', 'STRING', ['batch', 3]],
      ['y', 'FLOAT', ['batch', 3]],
    ],
    nodes: [
      { op: 'Cast', inputs: ['x'], outputs: ['text'], attributes: { to: DataType.STRING } },
      { op: 'Mul', inputs: ['x', 'factor'], outputs: ['y'] },
    ],
    constants: { factor: { shape: [], data: Float32Array.of(2) } },
  })
}

/** Sum and difference of two rows of whole numbers. */
export function sumAndDifference(): Uint8Array {
  return onnxFile({
    inputs: [
      ['a', 'INT32', ['batch', 4]],
      ['b', 'INT32', ['batch', 4]],
    ],
    outputs: [
      ['sum', 'INT32', ['batch', 4]],
      ['difference', 'INT32', ['batch', 4]],
    ],
    nodes: [
      { op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
      { op: 'Sub', inputs: ['a', 'b'], outputs: ['difference'] },
    ],
  })
}

/** Gives back what it gets, of any type and with any sizes. */
export function identity(
  type: keyof typeof DataType,
  sizes: readonly (number | string)[],
): Uint8Array {
  return onnxFile({
    inputs: [['x', type, sizes]],
    outputs: [['y', type, sizes]],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  })
}

/** Rows of a table of ten; an index from outside makes the run fail. */
export function lookUp(): Uint8Array {
  const data = Float32Array.from({ length: 20 }, (_, index) => index)
  return onnxFile({
    inputs: [['index', 'INT64', ['batch', 1]]],
    outputs: [['row', 'FLOAT', ['batch', 1, 2]]],
    nodes: [{ op: 'Gather', inputs: ['table', 'index'], outputs: ['row'] }],
    constants: { table: { shape: [10, 2], data } },
  })
}

/** Multiplies by a matrix of ones until it has taken a while: about `steps` x 5 ms a sample. */
export function slow(steps: number): Uint8Array {
  const size = 512
  const names = Array.from({ length: steps + 1 }, (_, index) =>
    index === 0 ? 'x' : index === steps ? 'y' : `h${index}`,
  )
  return onnxFile({
    inputs: [['x', 'FLOAT', ['batch', size, size]]],
    outputs: [['y', 'FLOAT', ['batch', size, size]]],
    nodes: names.slice(1).map((name, index) => ({
      op: 'MatMul',
      inputs: [names[index]!, 'ones'],
      outputs: [name],
    })),
    constants: { ones: { shape: [size, size], data: new Float32Array(size * size) } },
  })
}

/** The different values of everything, in order: how many there are, nobody knows, and they belong to no sample. */
export function distinct(): Uint8Array {
  return onnxFile({
    inputs: [['x', 'FLOAT', ['batch', 2]]],
    outputs: [['y', 'FLOAT', ['batch']]],
    nodes: [{ op: 'Unique', inputs: ['x'], outputs: ['y'] }],
  })
}

/** The running sum over its first axis, which is time: rows are no samples, however it looks. */
export function sumOverTime(): Uint8Array {
  return onnxFile({
    inputs: [['x', 'FLOAT', ['time', 4]]],
    outputs: [['y', 'FLOAT', ['time', 4]]],
    nodes: [
      { op: 'Cast', inputs: ['zero'], outputs: ['axis'], attributes: { to: DataType.INT32 } },
      { op: 'CumSum', inputs: ['x', 'axis'], outputs: ['y'] },
    ],
    constants: { zero: { shape: [], data: Float32Array.of(0) } },
  })
}

/** Runs without an end, whatever it gets. */
export function endless(): Uint8Array {
  return withLoop([
    { op: 'Cast', inputs: ['many'], outputs: ['rounds'], attributes: { to: DataType.INT64 } },
  ])
}

/** Gives back its input after as many rounds of a loop as its largest element says: with a large one it does not end. */
export function counting(): Uint8Array {
  return withLoop([
    { op: 'ReduceMax', inputs: ['x'], outputs: ['rounds'], attributes: { keepdims: 0 } },
  ])
}

/** Gives back its input after a loop of `rounds`, which some nodes make. */
function withLoop(nodes: Parts['nodes']): Uint8Array {
  const model = onnx.ModelProto.decode(
    onnxFile({
      inputs: [['x', 'INT64', ['batch', 1]]],
      outputs: [['y', 'INT64', ['batch', 1]]],
      nodes: [...nodes, { op: 'Loop', inputs: ['rounds', '', 'x'], outputs: ['y'] }],
      constants: { many: { shape: [], data: Float32Array.of(1e15) } },
    }),
  )
  const loop = model.graph!.node!.find(({ opType }) => opType === 'Loop')!
  const body = {
    name: 'body',
    input: [
      valueInfo(['round', 'INT64', []]),
      valueInfo(['before', 'BOOL', []]),
      valueInfo(['value', 'INT64', ['batch', 1]]),
    ],
    output: [valueInfo(['after', 'BOOL', []]), valueInfo(['next', 'INT64', ['batch', 1]])],
    node: [
      { opType: 'Identity', input: ['before'], output: ['after'] },
      { opType: 'Identity', input: ['value'], output: ['next'] },
    ],
  }
  loop.attribute = [
    onnx.AttributeProto.create({
      name: 'body',
      type: onnx.AttributeProto.AttributeType.GRAPH,
      g: body,
    }),
  ]
  return onnx.ModelProto.encode(model).finish()
}
