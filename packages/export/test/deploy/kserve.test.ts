import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { kserveManifest } from '../../src/deploy/kserve.ts'

const test = suite('KServe manifest')

test('serves a repository by the Open Inference Protocol', () => {
  assert.equal(parse(kserveManifest({ name: 'digits', storageUri: 's3://bucket/models' })), {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'digits' },
    spec: {
      predictor: {
        model: {
          modelFormat: { name: 'onnx' },
          runtime: 'kserve-tritonserver',
          protocolVersion: 'v2',
          storageUri: 's3://bucket/models',
        },
      },
    },
  })
})

test('a name that Kubernetes refuses is refused', () => {
  for (const name of ['Digits', '-a', 'a_b', '', 'a'.repeat(64)]) {
    assert.throws(
      () => kserveManifest({ name, storageUri: 's3://bucket/models' }),
      (error: Error) =>
        error instanceof ConfigError && /the name must be lower case letters/.test(error.message),
    )
  }
})

test('storage without a scheme is refused, with what to do', () => {
  assert.throws(
    () => kserveManifest({ name: 'digits', storageUri: './models' }),
    (error: Error) =>
      error instanceof ConfigError && /Upload the folder that --triton wrote/.test(error.message),
  )
})

test.run()
