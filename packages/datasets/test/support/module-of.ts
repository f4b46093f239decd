/** The address of a module of this text, for `--import`. */
export const moduleOf = (text: string): string =>
  `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
