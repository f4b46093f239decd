// Looks at an array in a .npz file and at a text by a tokenizer, both of which are kept beside; prints what is wrong with each.
import { join } from 'node:path'
import { scanNpz } from '../../src/streams/scans/npz.ts'
import { scanText } from '../../src/streams/scans/text.ts'

const [folder] = process.argv.slice(2) as [string]
const cache = join(folder, 'cache')
const tokenizer = join(folder, 'tokenizer.json')

for (const look of [
  () =>
    scanNpz({
      ...{ kind: 'npz', files: [join(folder, 'a.npz')], columns: [] },
      options: { folder: cache, names: ['x'] },
    }),
  () =>
    scanText({
      ...{ kind: 'text', files: [join(folder, 'a.txt')], columns: [] },
      options: { tokens: 4, stride: 4, tokenizer, cache },
    }),
]) {
  try {
    await look()
  } catch (error) {
    process.stdout.write(`${(error as Error).message.split('\n')[0]}\n`)
  }
}
