import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyOnnxProto } from '../../build/copy-onnx-proto.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('copyOnnxProto')

const files = (standsFor = 'onnx-proto') => ({
  'package.json': JSON.stringify({ standsFor }),
  'node_modules/onnx-proto/package.json': '{ "name": "onnx-proto", "main": "dist/onnx.js" }',
  'node_modules/onnx-proto/dist/onnx.js': 'exports.onnx = {}',
  'node_modules/onnx-proto/dist/onnx.d.ts': 'import Long from "long";\n',
})

test('an onnx-proto whose types begin otherwise is refused', () =>
  withFolder(files(), async (folder) => {
    const problem = await copyOnnxProto(folder).catch((error) => error.message)
    assert.is(
      problem,
      'onnx-proto\'s types must begin with import * as $protobuf from "protobufjs";\n',
    )
  }))

test('other packages are left alone', () =>
  withFolder(files('onnxruntime-node'), async (folder) => {
    assert.equal(await copyOnnxProto(folder), [])
  }))

test.run()
