import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MiniResNet, ResNet18 } from '@ashlar/blocks'
import { encodingMetadata } from '@ashlar/core'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OPSETS } from '../../src/export-onnx.ts'
import { type Exportable, type ExportOptions, exportOnnx, loadTfjsModel } from '../../src/index.ts'
import { openSource } from '../../src/source/open.ts'
import type { NamedData } from '../../src/tensors.ts'
import { runEagerly } from '../../src/verify/eager.ts'
import { madeUp } from '../../src/verify/inputs.ts'
import { onBackend } from '../../src/verify/reference.ts'
import { everyLayer, modelOf } from '../support/every-layer.ts'
import { tinyNet } from '../support/models.ts'

/** A Python that has the packages `onnx` and `onnxruntime`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const found = spawnSync(
  python,
  ['-c', 'import onnx, onnxruntime; print(onnx.__version__, onnxruntime.__version__)'],
  { encoding: 'utf8' },
)

const test = suite('onnx and onnxruntime of PyPI')

/** A file to check, and what it must compute. */
interface Case {
  readonly name: string
  readonly model: Exportable
  readonly options?: ExportOptions
  /** onnx's evaluator takes minutes for convolutions that are not small. */
  readonly evaluate?: boolean
  /** Names of classes that the file gives, too. */
  readonly classes?: readonly string[]
}

function networks(): Case[] {
  const resnets = [new MiniResNet(10), new ResNet18(10)].flatMap((model): Case[] => {
    model.build([null, 28, 28, 1])
    return [
      { name: model.getClassName(), model, evaluate: false },
      { name: `${model.getClassName()} nchw`, model, options: { layout: 'nchw' }, evaluate: false },
    ]
  })
  const opsets = OPSETS.map(
    (opset): Case => ({
      name: `opset ${opset}`,
      model: tinyNet(),
      options: { opset },
    }),
  )
  const sizes: Case = {
    name: 'height and width that vary',
    model: (x: tf.Tensor) => ({
      mean: tf.mean(tf.avgPool(x as tf.Tensor4D, 2, 2, 'same'), [1, 2]),
      flat: tf.reshape(x, [x.shape[0]!, -1]),
    }),
    options: { inputs: { x: { shape: [null, null, null, 3] } } },
  }
  const external: Case = {
    name: 'weights in a file of their own',
    model: tinyNet(),
    options: { externalDataFrom: 1 },
  }
  const classes = ['Katze', 'Hund: groß', '猫']
  const output = { task: 'classification', classes, gives: 'probabilities' } as const
  const named: Case = {
    ...{ name: 'names of classes', model: tinyNet(), classes },
    options: { labels: true, metadata: encodingMetadata({ output }) },
  }
  return [...resnets, ...opsets, sizes, external, named]
}

function layers(): Case[] {
  return everyLayer.map((example) => ({
    name: `${example.layer} ${example.name ?? ''}`.trim(),
    model: modelOf(example),
  }))
}

const flow = fileURLToPath(new URL('../fixtures/control-flow', import.meta.url))

async function controlFlow(): Promise<Case[]> {
  const names = await readdir(flow)
  return Promise.all(
    names.map(async (name) => ({ name, model: await loadTfjsModel(join(flow, name)) })),
  )
}

/**
 * Whether onnx's evaluator computes what the standard says. That of onnx 1.23 gives recurrent ops no other activations than sigmoid and tanh, and puts
 * the rows that a loop collects end to end, without an axis of their own.
 */
function isEvaluated(bytes: Uint8Array): boolean {
  const nodes = onnx.ModelProto.decode(bytes).graph!.node!
  return nodes.every(({ opType, input, output }) =>
    opType === 'Loop' ? output!.length <= input!.length - 2 : !['LSTM', 'GRU'].includes(opType!),
  )
}

const DTYPES = { float32: '<f4', int32: '<i4', bool: '?', uint8: '|u1' } as const

async function checkAll(cases: readonly Case[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-peers-'))
  try {
    const listed = []
    for (const [index, each] of cases.entries()) {
      const path = join(folder, `${index}.onnx`)
      const { bytes, report } = await exportOnnx(each.model, { ...each.options, path })
      const { inputs, layout } = each.options ?? {}
      const source = openSource(each.model, { inputs, layout })
      const { feeds } = madeUp(narrow(source.inputs), 'random', (axis) => (axis === 0 ? 3 : 10))
      const backend = report.verification.reference.backend
      const expected = await onBackend(backend, () => runEagerly(source, feeds))
      const store = (data: NamedData, kind: string) =>
        Promise.all(
          Object.entries(data).map(async ([name, tensor], at) => {
            const file = join(folder, `${index}-${kind}${at}`)
            await writeFile(file, tensor.data as Uint8Array)
            return { name, file, shape: tensor.shape, dtype: DTYPES[tensor.dtype] }
          }),
        )
      listed.push({
        name: each.name,
        model: path,
        evaluate: each.evaluate ?? isEvaluated(bytes),
        classes: each.classes ?? [],
        feeds: await store(feeds, 'in'),
        expected: await store(expected, 'out'),
      })
    }
    const list = join(folder, 'cases.json')
    await writeFile(list, JSON.stringify(listed))
    const program = fileURLToPath(new URL('check.py', import.meta.url))
    const { status, stdout, stderr } = spawnSync(python, [program, list], { encoding: 'utf8' })
    assert.is(status, 0, stderr)
    const results = JSON.parse(stdout) as Record<string, Record<string, number | string>>
    assert.equal(
      Object.keys(results),
      cases.map(({ name }) => name),
    )
    const wrong = Object.entries(results).filter(([, result]) =>
      Object.values(result).some((value) => typeof value === 'string' || !(value <= 1)),
    )
    assert.equal(Object.fromEntries(wrong), {})
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Indices of embeddings, which nobody gave a range. */
function narrow(inputs: ReturnType<typeof openSource>['inputs']): typeof inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [
      name,
      spec.dtype === 'int32' ? { range: [0, 5] as const, ...spec } : spec,
    ]),
  )
}

if (found.status === 0) {
  test(`networks (onnx, onnxruntime ${found.stdout.trim()})`, () => checkAll(networks()))
  test('every layer of TensorFlow.js', () => checkAll(layers()))
  test('branches, loops and sizes that follow from numbers', async () =>
    checkAll(await controlFlow()))
} else {
  test.skip(
    `${python} has no onnx and onnxruntime: pip install onnx onnxruntime, or set ASHLAR_PYTHON`,
  )
}

test.run()
