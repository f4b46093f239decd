import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A tensor of a graph-model: numbers between -0.5 and 0.5 that depend on its name, or those that are given. */
interface GraphWeight {
  readonly shape: readonly number[]
  readonly numbers?: readonly number[]
  readonly dtype?: 'float32' | 'int32'
}

/**
 * Writes a frozen graph-model as tensorflowjs_converter lays it out of a small Keras network of images `[?, 8, 8, 3]` that gives `units` numbers: a convolution with its batch norm apart, one
 * fused with its bias and ReLU6, a depthwise one, pooling, and a dense layer.
 *
 * @returns the path of its model.json.
 */
export async function writeGraphModel(folder: string, units = 3): Promise<string> {
  const weights: Readonly<Record<string, GraphWeight>> = {
    'net/stem/kernel': { shape: [3, 3, 3, 4] },
    'net/norm/gamma': { shape: [4], numbers: [1, 0.5, 2, 1.5] },
    'net/norm/beta': { shape: [4] },
    'net/norm/mean': { shape: [4] },
    'net/norm/variance': { shape: [4], numbers: [0.5, 1, 1.5, 2] },
    'net/wide/kernel': { shape: [1, 1, 4, 6] },
    'net/wide/bias': { shape: [6] },
    'net/depth/kernel': { shape: [3, 3, 6, 1] },
    'net/mean/axes': { shape: [2], numbers: [1, 2], dtype: 'int32' },
    'net/scores/kernel': { shape: [6, units] },
    'net/scores/bias': { shape: [units] },
  }
  const floats = Object.entries(weights).map(([name, each]) => numbersOf(name, each))
  const data = Buffer.concat(floats.map(({ buffer }) => new Uint8Array(buffer)))
  const manifest = Object.entries(weights).map(([name, { shape, dtype = 'float32' }]) => ({
    ...{ name, shape, dtype },
  }))
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'group1-shard1of1.bin'), data)
  const path = join(folder, 'model.json')
  const node = [...Object.entries(weights).map(([name, each]) => constant(name, each)), ...NODES]
  const port = (name: string, shape: readonly number[]) => ({
    ...{ name, dtype: 'DT_FLOAT', tensorShape: { dim: dims(shape) } },
  })
  const model = {
    format: 'graph-model',
    modelTopology: { node, library: {}, versions: {} },
    signature: {
      inputs: { image: port('image:0', [-1, 8, 8, 3]) },
      outputs: { scores: port('Identity:0', [-1, units]) },
    },
    weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: manifest }],
  }
  await writeFile(path, JSON.stringify(model))
  return path
}

function numbersOf(name: string, { shape, numbers, dtype }: GraphWeight) {
  const length = shape.reduce((product, size) => product * size, 1)
  const given = numbers ?? Array.from({ length }, (_, at) => Math.sin(at * 7.3 + name.length) / 2)
  return dtype === 'int32' ? Int32Array.from(given) : Float32Array.from(given)
}

const dims = (shape: readonly number[]) => shape.map((size) => ({ size: String(size) }))

/** Attributes are as the converter writes them: texts in base64, whole numbers as texts. */
const text = (value: string) => ({ s: Buffer.from(value).toString('base64') })
const list = (...i: number[]) => ({ list: { i: i.map(String) } })

function node(name: string, op: string, input: readonly string[], attr: object = {}): object {
  return { name, op, input, attr: { T: { type: 'DT_FLOAT' }, ...attr } }
}

function constant(name: string, { shape, dtype }: GraphWeight): object {
  const type = dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT'
  return node(name, 'Const', [], { dtype: { type }, shape: { shape: { dim: dims(shape) } } })
}

const convolution = (stride: number) => ({
  strides: list(1, stride, stride, 1),
  padding: text('SAME'),
  data_format: text('NHWC'),
  dilations: list(1, 1, 1, 1),
})

const NODES: readonly object[] = [
  node('image', 'Placeholder', [], {
    dtype: { type: 'DT_FLOAT' },
    shape: { shape: { dim: dims([-1, 8, 8, 3]) } },
  }),
  node('net/stem/Conv2D', 'Conv2D', ['image', 'net/stem/kernel'], convolution(2)),
  node(
    'net/norm/FusedBatchNormV3',
    'FusedBatchNormV3',
    ['net/stem/Conv2D', ...['gamma', 'beta', 'mean', 'variance'].map((each) => `net/norm/${each}`)],
    { epsilon: { f: 0.001 }, is_training: { b: false }, data_format: text('NHWC') },
  ),
  node('net/stem/Relu', 'Relu', ['net/norm/FusedBatchNormV3']),
  node('net/wide/Relu6', '_FusedConv2D', ['net/stem/Relu', 'net/wide/kernel', 'net/wide/bias'], {
    ...convolution(1),
    fused_ops: { list: { s: ['BiasAdd', 'Relu6'].map((each) => text(each).s) } },
    num_args: { i: '1' },
    epsilon: { f: 0 },
  }),
  node(
    'net/depth/depthwise',
    'DepthwiseConv2dNative',
    ['net/wide/Relu6', 'net/depth/kernel'],
    convolution(1),
  ),
  node('net/depth/Relu', 'Relu', ['net/depth/depthwise']),
  node('net/mean/Mean', 'Mean', ['net/depth/Relu', 'net/mean/axes'], { keep_dims: { b: false } }),
  node(
    'net/scores/BiasAdd',
    '_FusedMatMul',
    ['net/mean/Mean', 'net/scores/kernel', 'net/scores/bias'],
    {
      transpose_a: { b: false },
      transpose_b: { b: false },
      fused_ops: { list: { s: [text('BiasAdd').s] } },
      num_args: { i: '1' },
      epsilon: { f: 0 },
    },
  ),
  node('Identity', 'Identity', ['net/scores/BiasAdd']),
]
