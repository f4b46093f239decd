// Runs the files of all engines in one onnxruntime.

import { createSession } from '@ashlar/graph'
import * as ort from 'onnxruntime-node'
import { type Measured, repeat } from '../../harness/repeat.ts'
import { serveRequests } from '../../harness/serve-requests.ts'
import type { LoadRequest, RunRequest, Versions } from '../protocol.ts'

const sessions = new Map<string, ort.InferenceSession>()
let imageShape: readonly number[]

await serveRequests({
  async load({ files, layout, threads }: LoadRequest): Promise<Versions> {
    imageShape = layout === 'nhwc' ? [28, 28, 1] : [1, 28, 28]
    for (const [engine, path] of Object.entries(files)) {
      sessions.set(engine, await createSession(path, { threads }))
    }
    return { version: `onnxruntime-node ${ort.env.versions.node}` }
  },
  run({ engine, batch, seconds }: RunRequest): Promise<Measured> {
    const session = sessions.get(engine)!
    const [inputName, outputName] = [session.inputNames[0]!, session.outputNames[0]!]
    // Any image will do: none takes longer than another.
    const pixels = Float32Array.from({ length: batch * 784 }, (_, pixel) => (pixel % 251) / 250)
    return repeat({ seconds }, async () => {
      const input = new ort.Tensor('float32', pixels, [batch, ...imageShape])
      const results = await session.run({ [inputName]: input })
      return results[outputName]!.dims[0]!
    })
  },
})
