import { type DatasetInfo, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { MADE, madeDataset, madeShape } from './made-dataset.ts'
import type { Random } from './random.ts'

const ADJECTIVES = ['small', 'old', 'red', 'quiet', 'happy']
const ANIMALS = ['fox', 'dog', 'cat', 'owl', 'mouse', 'horse']
const VERBS = ['sees', 'follows', 'hears', 'likes', 'finds']
const PLACES = ['in the house', 'by the river', 'under the tree', 'on the hill']

/** What texts are written with, in the order of their tokens. */
const CHARACTERS: readonly string[] = ['\n', ' ', '.', ...'abcdefghijklmnopqrstuvwxyz']

function animal(random: Random): string {
  const adjective = random.next() < 0.5 ? `${random.of(ADJECTIVES)} ` : ''
  return `the ${adjective}${random.of(ANIMALS)}`
}

function sentence(random: Random): string {
  const place = random.next() < 0.4 ? ` ${random.of(PLACES)}` : ''
  return `${animal(random)} ${random.of(VERBS)} ${animal(random)}${place}.\n`
}

/** `sentences` as a plugin. */
export const sentences: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'sentences',
  description: 'Plain sentences, character by character, to learn what follows; made by code.',
  options: z.strictObject({
    tokens: z.int().min(2).default(64).describe('Characters of a sample.'),
    ...madeShape(2000, 200),
  }),
  create({ tokens, ...options }, { seed }) {
    const info: DatasetInfo = {
      name: 'sentences',
      inputShape: [tokens],
      labelShape: [tokens],
      inputDtype: 'float32',
      inputRange: [0, CHARACTERS.length - 1],
      classes: CHARACTERS,
      tokens: { kind: 'characters', characters: CHARACTERS },
      ...MADE,
    }
    const ids = new Map(CHARACTERS.map((character, id) => [character, id]))
    return madeDataset(info, options, seed, (length, random) => {
      const inputs = new Float32Array(length * tokens)
      const labels = new Int32Array(length * tokens)
      for (let row = 0; row < length; row++) {
        let text = ''
        while (text.length <= tokens) text += sentence(random)
        for (let at = 0; at < tokens; at++) {
          inputs[row * tokens + at] = ids.get(text[at]!)!
          labels[row * tokens + at] = ids.get(text[at + 1]!)!
        }
      }
      return { inputs, labels, length }
    })
  },
})
