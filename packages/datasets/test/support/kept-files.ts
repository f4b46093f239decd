import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { npy } from './records.ts'
import { zip } from './zip.ts'

/** Writes what `keep-files.ts` looks at: what comes of each is larger than 100 blocks of a disk. */
export async function writeKept(folder: string): Promise<void> {
  const numbers = Float32Array.from({ length: 60_000 }, (_, at) => Math.sin(at))
  const array = npy('<f4', [numbers.length], numbers)
  await writeFile(join(folder, 'a.npz'), zip({ 'x.npy': array }))
  const vocab = { '[UNK]': 0, a: 1 }
  const tokenizer = {
    added_tokens: [],
    pre_tokenizer: { type: 'Whitespace' },
    model: { type: 'WordLevel', vocab, unk_token: '[UNK]' },
  }
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  await writeFile(join(folder, 'a.txt'), `${'a '.repeat(100)}\n`.repeat(600))
}
