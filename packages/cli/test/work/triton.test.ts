import { join } from 'node:path'
import { createServer, type ModelMetadata } from '@ashlar/serve'
import { tieredSuite } from '@ashlar/test-support'
import { pino } from 'pino'
import * as assert from 'uvu/assert'
import { ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('a repository for Triton, served here')

/** What a server says of the one model at a target. */
async function metadataOf(target: string, name?: string): Promise<ModelMetadata> {
  const server = await createServer({ target, name, log: pino({ level: 'silent' }) })
  try {
    const [model] = server.core.index(false)
    return (await server.http.inject(`/v2/models/${model!.name}`)).json()
  } finally {
    await server.close()
  }
}

test('describes the model as the file itself is described', () =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('run', TINY, '--out', join(folder, 'runs'))
    const models = join(folder, 'models')
    await ashlarJson('export', run, '--triton', models, '--name', 'clouds')
    const ofRepository = await metadataOf(models)
    assert.is(ofRepository.name, 'clouds')
    assert.equal(ofRepository, await metadataOf(join(run, 'model.onnx'), 'clouds'))
    assert.is(ofRepository.inputs[0]?.shape[0], -1)
  }))

slow('has the names of the classes in its answers', () =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('run', TINY, '--out', join(folder, 'runs'))
    const models = join(folder, 'models')
    await ashlarJson('export', run, '--triton', models)
    const server = await createServer({ target: models, log: pino({ level: 'silent' }) })
    try {
      const response = await server.http.inject({
        method: 'POST',
        url: '/v2/models/tiny/infer',
        payload: {
          inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 4], data: [0.5, -0.5, 0, 1] }],
          outputs: [{ name: 'output', parameters: { classification: 3 } }],
        },
      })
      assert.is(response.statusCode, 200, response.body)
      const { outputs } = response.json()
      const labels = outputs[0].data.map((each: string) => each.split(':')[2])
      assert.equal(labels.toSorted(), ['left', 'middle', 'right'])
    } finally {
      await server.close()
    }
  }),
)

test.run()
