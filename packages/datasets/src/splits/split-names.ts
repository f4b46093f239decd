/** The parts of data. */
export type SplitName = 'train' | 'validation' | 'test'

/** What people call them. */
export const splitNames: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
}

/** The part that a word stands for, in any case; undefined for another word. */
export function splitNamed(word: string): SplitName | undefined {
  const lower = word.toLowerCase()
  return Object.hasOwn(splitNames, lower) ? splitNames[lower] : undefined
}

/** The part that the name of a file says it is, as Hugging Face has it: one of these words, with anything but letters around (`train-00000-of-00002.parquet`, `news_test.csv`). Undefined where no word or more than one part is in it. */
export function splitInName(file: string): SplitName | undefined {
  const parts = new Set(file.split(/[^\p{L}]+/u).flatMap((word) => splitNamed(word) ?? []))
  return parts.size === 1 ? [...parts][0] : undefined
}
