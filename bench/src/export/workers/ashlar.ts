// Exports with Ashlar: with its verification, and, as the variant `unverified`, what comes before that alone.

import { writeFile } from 'node:fs/promises'
import { MiniResNet, ResNet18 } from '@ashlar/blocks'
import type { Model } from '@ashlar/core'
import { exportOnnx } from '@ashlar/export'
import { captureDynamic, optimizeForExport, writeOnnx } from '@ashlar/graph'
import * as ort from 'onnxruntime-node'
import { serveRequests } from '../../harness/serve-requests.ts'
import type { BuildRequest, ExportRequest, Timed, Versions } from '../protocol.ts'

const networks = { 'mini-resnet': MiniResNet, resnet18: ResNet18 }
const OPSET = 17

let write: (path: string) => Promise<unknown>

await serveRequests({
  build({ work, variant }: BuildRequest): Versions {
    const model = new networks[work.model](10, { output: work.output })
    model.build([null, 28, 28, 1])
    write =
      variant === 'unverified'
        ? (path) => writeUnverified(model, path)
        : (path) => exportOnnx(model, { path, layout: work.layout })
    return { version: `onnxruntime ${ort.env.versions.node}` }
  },
  async export({ path }: ExportRequest): Promise<Timed> {
    const began = performance.now()
    await write(path)
    return { seconds: (performance.now() - began) / 1000 }
  },
})

async function writeUnverified(model: Model, path: string): Promise<void> {
  const graph = captureDynamic(({ input }) => ({ output: model.apply(input!) }), {
    inputs: { input: { shape: [null, 28, 28, 1], dtype: 'float32' } },
  })
  await writeFile(path, writeOnnx(await optimizeForExport(graph, OPSET), { opset: OPSET }))
}
