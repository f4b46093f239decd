// Reads a folder of pictures by way of the cache folder; prints the digest of every sample.
import { createHash } from 'node:crypto'
import { imageFolder } from '../../src/index.ts'
import { createAnyDataset } from './plugins.ts'
import { listed } from './streams.ts'

const folder = process.argv[2]!
const options = { folder: '.', size: [6, 6], cache: true, threads: 1 }
const dataset = createAnyDataset(imageFolder, options, { folder })
const { train, digest } = await dataset.load()
const samples = createHash('sha256').update(JSON.stringify(await listed(train, dataset)))
process.stdout.write(`${digest} ${samples.digest('hex')}`)
