// Reads a folder of pictures by way of the cache folder; prints the digest of every sample. Told to `stop`, it says so and waits in the midst of writing the cache.
import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { imageFolder } from '../../src/index.ts'
import { createAnyDataset } from './plugins.ts'
import { listed } from './streams.ts'

const [folder, stop] = process.argv.slice(2) as [string, string?]
if (stop !== undefined) {
  // What is to be decoded never is.
  Worker.prototype.postMessage = () => {
    process.stdout.write('stopped\n')
    setInterval(() => undefined, 1000)
  }
}
const options = { folder: '.', size: [6, 6], cache: true, threads: 1 }
const dataset = createAnyDataset(imageFolder, options, { folder })
const { train, digest } = await dataset.load()
const samples = createHash('sha256').update(JSON.stringify(await listed(train, dataset)))
process.stdout.write(`${digest} ${samples.digest('hex')}`)
