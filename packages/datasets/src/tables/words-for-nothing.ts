const WORDS = /^(na|n\/a|#n\/a|nan|null|none|\?|-)$/i

/** Whether a text is a word for nothing that tools write into columns of numbers; in a column of names it may be a name. */
export function isWordForNothing(text: string): boolean {
  return WORDS.test(text)
}
