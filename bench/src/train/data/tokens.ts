import type { ArraySamples } from '@ashlar/core'
import { Random } from './random.ts'

/** What texts to make. */
export interface TextOptions {
  readonly tokens: number
  readonly vocabulary: number
}

/** A text in which a token says which four may follow; each language has other four. Every tenth token is any. */
function write(text: Float32Array, vocabulary: number, language: number, random: Random): void {
  let token = random.below(vocabulary)
  for (let at = 0; at < text.length; at++) {
    text[at] = token
    token =
      random.next() < 0.1
        ? random.below(vocabulary)
        : (token * 31 + language * 17 + random.below(4) * 7 + 1) % vocabulary
  }
}

/** Texts `[tokens]` whose class is their language. */
export function labelledTexts(
  { tokens, vocabulary, classes }: TextOptions & { readonly classes: number },
  length: number,
): ArraySamples {
  const random = new Random(3)
  const inputs = new Float32Array(length * tokens)
  const labels = new Uint8Array(length)
  for (let row = 0; row < length; row++) {
    labels[row] = random.below(classes)
    write(inputs.subarray(row * tokens, (row + 1) * tokens), vocabulary, labels[row]!, random)
  }
  return { inputs, labels, length, info: infoOf(tokens, vocabulary, []) }
}

/** Texts `[tokens]` of one language; the label of each token is the one that follows it, `[tokens]`. */
export function plainTexts({ tokens, vocabulary }: TextOptions, length: number): ArraySamples {
  const random = new Random(4)
  const inputs = new Float32Array(length * tokens)
  const labels = new Int32Array(length * tokens)
  const text = new Float32Array(tokens + 1)
  for (let row = 0; row < length; row++) {
    write(text, vocabulary, 0, random)
    inputs.set(text.subarray(0, tokens), row * tokens)
    labels.set(text.subarray(1), row * tokens)
  }
  return { inputs, labels, length, info: infoOf(tokens, vocabulary, [tokens]) }
}

function infoOf(tokens: number, vocabulary: number, labelShape: number[]): ArraySamples['info'] {
  return {
    inputShape: [tokens],
    labelShape,
    inputDtype: 'float32',
    inputRange: [0, vocabulary - 1],
  }
}
