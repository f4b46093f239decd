import { execFile } from 'node:child_process'
import { link, mkdir, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DataError, ExportError } from '@ashlar/errors'
import { onnx } from '@ashlar/graph'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { exportOnnx, onnxExporter, verifyModelFile } from '../src/index.ts'
import {
  addModel,
  endlessModel,
  growingModel,
  modelAround,
  nestedGraphs,
} from './support/hostile.ts'
import { images, tinyNet } from './support/models.ts'
import { refusal } from './support/refusal.ts'
import { inScratch } from './support/scratch.ts'

const { test, slow } = tieredSuite('verifyModelFile')

const four = Float32Array.of(1, 2, 3, 4)
const raw = new Uint8Array(four.buffer)
const add = (x: tf.Tensor) => tf.add(x, four)
const inputs = { x: { shape: [null, 4] } }
const external = (entries: Readonly<Record<string, string>>) =>
  addModel({
    dims: [4],
    dataType: 1,
    dataLocation: 1,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  })

/** The message, without the path, of the error for a file of these bytes; `prepare` may put others beside it. */
async function refusedFile(
  bytes: Uint8Array | string,
  prepare: (folder: string) => Promise<unknown> = () => Promise.resolve(),
): Promise<string> {
  return inScratch(async (folder) => {
    const path = join(folder, 'model.onnx')
    await writeFile(path, bytes)
    await prepare(folder)
    const before = await readdir(folder)
    const error = await refusal(() => verifyModelFile(path, add, { inputs }))
    assert.instance(error, DataError)
    assert.equal(await readdir(folder), before, 'nothing is written')
    return error.message.replace(path, 'FILE')
  })
}

test('an exported file passes again, in both layouts and with a data file', async () => {
  await inScratch(async (folder) => {
    const path = join(folder, 'model.onnx')
    for (const options of [{}, { layout: 'nchw' }, { externalDataFrom: 1 }] as const) {
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: 300, inputShape: [3, 3, 2] })],
      })
      await exportOnnx(model, { path, ...options })
      const before = await readdir(folder)
      const { passed, cases } = await verifyModelFile(path, model)
      assert.ok(passed)
      assert.ok(cases.length > 5)
      assert.equal(await readdir(folder), before)
    }
  })
})

test('an exporter verifies what it exported', async () => {
  await inScratch(async (folder) => {
    const path = join(folder, 'model.onnx')
    const model = tinyNet()
    await model.export(path, onnxExporter())
    const report = await onnxExporter().verify!(model, path, { samples: images(20) })
    assert.is((report as { accuracy: { samples: number } }).accuracy.samples, 20)
  })
})

slow('a file that was changed is told from its model, by layer', async () => {
  await inScratch(async (folder) => {
    for (const externalDataFrom of [1e9, 1]) {
      const path = join(folder, 'model.onnx')
      const model = tinyNet()
      await exportOnnx(model, { path, externalDataFrom })
      const proto = onnx.ModelProto.decode(await readFile(path))
      const gemm = proto.graph!.node!.find(({ opType }) => opType === 'Gemm')!
      gemm.attribute!.push(onnx.AttributeProto.create({ name: 'alpha', type: 1, f: 1.1 }))
      await writeFile(path, onnx.ModelProto.encode(proto).finish())
      const error = await refusal(() => verifyModelFile(path, model))
      assert.instance(error, ExportError)
      assert.ok(error.message.startsWith(`${path}: the file must equal the model`))
      assert.match(error.message, /The first layer that differs is head \(output output\):/)
      assert.match(error.message, / {3}norm .*\n {4}pool .*\n {2}! head/)
      assert.match(error.message, /have changed since the export: export again\.$/)
    }
  })
})

test('the file of another model is told by its inputs', async () => {
  await inScratch(async (folder) => {
    const path = join(folder, 'model.onnx')
    await writeFile(path, addModel({ dims: [4], dataType: 1, rawData: raw }))
    const { message } = await refusal(() => verifyModelFile(path, tinyNet()))
    assert.is(
      message,
      `${path}: must take what TinyNet takes: input, got ["x"]\n  Is it the file of another model?`,
    )
    assert.ok((await verifyModelFile(path, add, { inputs })).passed)
  })
})

test('what is no model is called by its name', async () => {
  const cases: readonly (readonly [Uint8Array | string, string])[] = [
    ['', 'It is empty; its download or copy may have been cut off.'],
    [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), 'It is a PNG image.'],
    [Buffer.from([0x50, 0x4b, 0x03, 0x04, 0x14, 0]), 'It is a ZIP archive.'],
    ['<!DOCTYPE html>', 'It is a web page.'],
    ['{"format": "layers-model"}', 'It is a JSON document.'],
    ['version https://git-lfs', 'It is a pointer of Git LFS.'],
    [Buffer.from([0x0a, 0]), 'It has no version, no graph or no operator set.'],
  ]
  for (const [bytes, reason] of cases) {
    assert.is(await refusedFile(bytes), `FILE: must be an ONNX model\n  ${reason}`)
  }
  assert.match(await refusedFile('hello world'), /^FILE: must be an ONNX model\n {2}It is damaged/)
})

slow('every cut of a good file is refused', async () => {
  const { bytes } = await exportOnnx(add, { inputs })
  for (let length = 1; length < bytes.length; length += 7) {
    assert.match(await refusedFile(bytes.slice(0, length)), /^FILE: /)
  }
})

slow('graphs nested 3,000 deep are refused, and types', async () => {
  assert.is(
    await refusedFile(nestedGraphs(3000)),
    'FILE: must be an ONNX model\n  It nests graphs more than 30 deep.',
  )
  assert.match(await refusedFile(nestedGraphs(60)), /nests graphs/)
})

test('tensors that claim more than they have are refused', async () => {
  const long = 2 ** 62
  const claims = async (dims: number[], rest: object = { rawData: raw }) =>
    (await refusedFile(addModel({ dims, dataType: 1, ...rest }))).replace(/^.*\n {2}/, '')
  assert.is(await claims([long]), 'Tensor "c" claims 4611686018427387904 elements.')
  assert.is(
    await claims([long, long]),
    'Tensor "c" claims 21267647932558653966460912964485513216 elements.',
  )
  assert.is(await claims([-1]), 'Tensor "c" has a negative size.')
  assert.is(await claims([5]), 'Tensor "c" has 16 bytes for shape [5].')
  assert.is(
    await claims([1e6], { floatData: [1, 2] }),
    'Tensor "c" has 2 numbers for shape [1000000].',
  )
  assert.is(
    await claims([4], { dataType: 99 }),
    'Tensor "c" has no element type that is known: 99.',
  )
  assert.is(await claims(Array.from({ length: 65 }, () => 1)), 'Tensor "" has more than 64 axes.')
})

test('numbers in other files must lie beside the model, in a plain file of their own', async () => {
  const reason = async (
    entries: Readonly<Record<string, string>>,
    prepare?: (folder: string) => Promise<unknown>,
  ) => (await refusedFile(external(entries), prepare)).replace(/^.*\n {2}/, '')
  for (const location of [
    '../c.bin',
    '/etc/passwd',
    'a/../../c.bin',
    'C:\\c.bin',
    '',
    'a//b',
    './c.bin',
  ]) {
    assert.is(
      await reason({ location }),
      `The data of tensor c must lie beside the model, not at ${JSON.stringify(location)}.`,
    )
  }
  const location = 'c.bin'
  assert.is(await reason({ location }), 'The data of tensor c is missing: there is no c.bin.')
  assert.is(
    await reason({ location }, (folder) => symlink('/etc/hostname', join(folder, location))),
    'The data of tensor c must be in a plain file, c.bin is none.',
  )
  assert.is(
    await reason({ location }, async (folder) => {
      await writeFile(join(folder, 'secret'), raw)
      await link(join(folder, 'secret'), join(folder, location))
    }),
    'The data of tensor c must be in a file of its own, c.bin is a hard link as well.',
  )
  assert.is(
    await reason({ location: 'away/c.bin' }, async (folder) => {
      await mkdir(join(folder, 'other'))
      await writeFile(join(folder, 'other/c.bin'), raw)
      await symlink('other', join(folder, 'away'))
    }),
    'The data of tensor c must lie beside the model, away/c.bin leads elsewhere.',
  )
  const written = (folder: string) => writeFile(join(folder, location), raw)
  assert.is(
    await reason({ location, offset: '4' }, written),
    'The data of tensor c ends at byte 20 of c.bin, which has 16.',
  )
  assert.is(
    await reason({ location, offset: '-4' }, written),
    'The data of tensor c must have an offset and a length of whole numbers.',
  )
  assert.is(
    await reason({ location, length: '8' }, written),
    'The data of tensor c has 8 bytes, its shape wants 16.',
  )
  assert.is(
    await reason({ location, basepath: '/etc' }, written),
    'The data of tensor c has an entry "basepath" that is not known.',
  )
  assert.is(
    await reason({ location, __proto__x: '1' }, written),
    'The data of tensor c has an entry "__proto__x" that is not known.',
  )
})

test('what onnxruntime refuses is refused with its reason', async () => {
  const graph = onnx.ModelProto.decode(addModel({ dims: [4], dataType: 1, rawData: raw }))
  graph.graph!.node![0]!.opType = 'NoSuchOp'
  assert.match(
    await refusedFile(onnx.ModelProto.encode(graph).finish()),
    /^FILE: onnxruntime must be able to run it\n[\s\S]*NoSuchOp/,
  )
  assert.match(await refusedFile(modelAround(new Uint8Array(0))), /^FILE: must take what add takes/)
})

slow('a file that never ends, or takes all memory, is stopped at its limits', async () => {
  await inScratch(async (folder) => {
    const path = join(folder, 'model.onnx')
    for (const [bytes, limits, message] of [
      [endlessModel(), { seconds: 2 }, /^FILE: must be done within 2 s/],
      [growingModel(), { memory: 600 }, /^FILE: must run in 600 MiB of memory/],
    ] as const) {
      await writeFile(path, bytes)
      const error = await refusal(() => verifyModelFile(path, add, { inputs, limits }))
      assert.instance(error, DataError)
      assert.match(error.message.replace(path, 'FILE'), message)
    }
  })
})

test('a path that is no plain file is refused', async () => {
  await inScratch(async (folder) => {
    const message = async (path: string) =>
      (await refusal(() => verifyModelFile(path, add, { inputs }))).message
    assert.is(await message(folder), `${folder}: must be a plain file`)
    assert.match(
      await message(join(folder, 'none')),
      /none: the file must be readable, got "ENOENT/,
    )
    assert.is(await message('/dev/zero'), '/dev/zero: must be a plain file')
    const pipe = join(folder, 'pipe')
    await promisify(execFile)('mkfifo', [pipe])
    assert.is(await message(pipe), `${pipe}: must be a plain file`)
    const large = join(folder, 'large')
    const file = await open(large, 'w')
    await file.truncate(2 ** 31)
    await file.close()
    assert.is(
      await message(large),
      `${large}: a model file must be smaller than 2 GiB, got "2147483648 bytes"`,
    )
  })
})

test.run()
