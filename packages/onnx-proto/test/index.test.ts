import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import proto from 'onnx-proto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('@ashlar/onnx-proto')

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COPIER = new URL('../../../scripts/build/copy-onnx-proto.js', import.meta.url).href

test('one file writes and reads what onnx-proto does, with nothing beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-onnx-proto-'))
  const { copyOnnxProto }: { copyOnnxProto(folder: string, from?: string): Promise<string[]> } =
    await import(COPIER)
  try {
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
    assert.equal(await copyOnnxProto(folder, ROOT), ['vendor'])
    const file = join(folder, 'vendor/dist/index.js')
    const built = createRequire(file)(file) as typeof proto
    const given = {
      irVersion: 8,
      producerName: 'me',
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: 'g',
        node: [{ opType: 'Relu', input: ['x'], output: ['y'] }],
        initializer: [
          { name: 'w', dims: [2], dataType: 1, rawData: new Uint8Array([0, 0, 128, 63]) },
        ],
      },
    }
    const write = ({ onnx }: typeof proto) =>
      Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(given)).finish())
    assert.equal(write(built).toString('hex'), write(proto).toString('hex'))
    const read = built.onnx.ModelProto.decode(write(proto))
    assert.is(Number(read.irVersion), 8)
    assert.is(read.graph!.node![0]!.opType, 'Relu')
    assert.equal(Object.keys(built.onnx).sort(), Object.keys(proto.onnx).sort())
    const types = readFileSync(join(folder, 'vendor/dist/index.d.ts'), 'utf8')
    assert.not.match(types, /^import/m)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
