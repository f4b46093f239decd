import { type DatasetInfo, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { MADE, madeDataset, madeShape } from './made-dataset.ts'
import type { Random } from './random.ts'

/** Words that are a noun or a verb, as what stands before them says. */
const BOTH = ['walk', 'talk', 'play', 'watch', 'dream', 'work']
const NOUNS = ['house', 'river', 'horse', 'garden']
const VERBS = ['see', 'know', 'bring']
const ADJECTIVES = ['long', 'quiet', 'old', 'new']
const PRONOUNS = ['they', 'we', 'you']
const ARTICLES = ['the', 'a', 'this']
const WORDS: readonly string[] = [
  '',
  ...BOTH,
  ...NOUNS,
  ...VERBS,
  ...ADJECTIVES,
  ...PRONOUNS,
  ...ARTICLES,
]
const IDS = new Map(WORDS.map((word, id) => [word, id]))
const TAGS = ['article', 'adjective', 'noun', 'verb', 'pronoun'] as const

type Tagged = readonly [word: string, tag: (typeof TAGS)[number]]

function thing(random: Random): Tagged[] {
  const adjectives = Array.from(
    { length: random.below(3) },
    (): Tagged => [random.of(ADJECTIVES), 'adjective'],
  )
  return [[random.of(ARTICLES), 'article'], ...adjectives, [random.of([...NOUNS, ...BOTH]), 'noun']]
}

function clause(random: Random): Tagged[] {
  const verb: Tagged = [random.of([...VERBS, ...BOTH]), 'verb']
  return [[random.of(PRONOUNS), 'pronoun'], verb, ...thing(random)]
}

/** `tags` as a plugin. */
export const tags: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'tags',
  description:
    'Sentences with the part of speech of each word; padding has the label -1. Made by code.',
  options: z.strictObject({
    tokens: z
      .int()
      .min(7)
      .default(16)
      .describe('Words of a sample; shorter ones are padded with 0.'),
    ...madeShape(1500, 300),
  }),
  create({ tokens, ...options }, { seed }) {
    const info: DatasetInfo = {
      name: 'tags',
      inputShape: [tokens],
      labelShape: [tokens],
      inputDtype: 'float32',
      inputRange: [0, WORDS.length - 1],
      classes: TAGS,
      ignoreIndex: -1,
      tokens: { kind: 'words', words: WORDS },
      ...MADE,
    }
    return madeDataset(info, options, seed, (length, random) => {
      const inputs = new Float32Array(length * tokens)
      const labels = new Int32Array(length * tokens).fill(-1)
      const lengths = new Uint32Array(length)
      for (let row = 0; row < length; row++) {
        const clauses = Array.from({ length: 1 + random.below(3) }, () => clause(random))
        const words = clauses.flat().slice(0, tokens)
        lengths[row] = words.length
        for (const [at, [word, tag]] of words.entries()) {
          inputs[row * tokens + at] = IDS.get(word)!
          labels[row * tokens + at] = TAGS.indexOf(tag)
        }
      }
      return { inputs, labels, lengths, length }
    })
  },
})
