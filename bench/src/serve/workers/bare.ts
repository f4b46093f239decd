// onnxruntime-node in a loop, and nothing else: the most that a server could reach.
import * as ort from 'onnxruntime-node'
import { serveRequests } from '../../harness/serve-requests.ts'

let session: ort.InferenceSession

await serveRequests({
  async start({ model, threads }: { model: string; threads: number }) {
    session = await ort.InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
    })
    return inputOf().shape.slice(1)
  },
  async run({ batch, seconds }: { batch: number; seconds: number }) {
    const input = inputOf()
    const shape = [batch, ...input.shape.slice(1)]
    const size = shape.reduce((product, each) => product * each, 1)
    const feeds = { [input.name]: new ort.Tensor('float32', new Float32Array(size), shape) }
    const cpu = process.cpuUsage()
    const began = performance.now()
    let runs = 0
    for (; performance.now() - began < seconds * 1000; runs += 1) await session.run(feeds)
    const elapsed = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(cpu)
    return {
      images: (runs * batch) / elapsed,
      ms: (elapsed / runs) * 1000,
      cpuMicroseconds: (user + system) / (runs * batch),
    }
  },
})

function inputOf(): { readonly name: string; readonly shape: number[] } {
  const [input] = session.inputMetadata
  if (!input?.isTensor) throw new TypeError('the model must take a tensor')
  return { name: input.name, shape: input.shape.map(Number) }
}
