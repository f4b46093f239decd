import { type DatasetInfo, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { MADE, madeDataset, madeShape } from './made-dataset.ts'
import type { Random } from './random.ts'

const GOOD = ['good', 'great', 'lovely', 'bright', 'clever', 'moving']
const BAD = ['bad', 'dull', 'slow', 'weak', 'silly', 'noisy']
const THINGS = ['film', 'story', 'music', 'ending', 'cast', 'plot']
const OTHERS = ['the', 'was', 'not', 'very', 'and', 'but', 'i', 'think', 'that', 'quite']

/** Token 0 is padding. */
const WORDS: readonly string[] = ['', ...GOOD, ...BAD, ...THINGS, ...OTHERS]
const IDS = new Map(WORDS.map((word, id) => [word, id]))

/** A remark and whether it praises: a `not` turns it round. */
function remark(praises: boolean, random: Random): string[] {
  const isTurned = random.next() < 0.5
  const word = random.of(praises !== isTurned ? GOOD : BAD)
  return [
    ...(random.next() < 0.3 ? ['i', 'think', 'that'] : []),
    ...['the', random.of(THINGS), 'was'],
    ...(isTurned ? ['not'] : []),
    ...(random.next() < 0.4 ? [random.of(['very', 'quite'])] : []),
    word,
  ]
}

/** `reviews` as a plugin. */
export const reviews: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'reviews',
  description: 'Remarks of films, good or bad, in which a `not` turns a word round; made by code.',
  options: z.strictObject({
    tokens: z
      .int()
      .min(20)
      .default(24)
      .describe('Words of a sample; shorter texts are padded with 0.'),
    ...madeShape(3000, 500),
  }),
  create({ tokens, ...options }, { seed }) {
    const info: DatasetInfo = {
      name: 'reviews',
      inputShape: [tokens],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [0, WORDS.length - 1],
      classes: ['bad', 'good'],
      tokens: { kind: 'words', words: WORDS },
      ...MADE,
    }
    return madeDataset(info, options, seed, (length, random) => {
      const inputs = new Float32Array(length * tokens)
      const labels = new Uint8Array(length)
      const lengths = new Uint32Array(length)
      for (let row = 0; row < length; row++) {
        const praises = random.next() < 0.5
        labels[row] = Number(praises)
        // Of two remarks, what comes after a `but` counts.
        const isTwo = random.next() < 0.5
        const first = isTwo ? [...remark(!praises, random), 'but'] : []
        const words = [...first, ...remark(praises, random)].slice(-tokens)
        lengths[row] = words.length
        for (const [at, word] of words.entries()) inputs[row * tokens + at] = IDS.get(word)!
      }
      return { inputs, labels, lengths, length }
    })
  },
})
