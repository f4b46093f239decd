/**
 * The flags of Node with which a module of this package runs in a process of its own. What reads TypeScript here must do so there; the built module needs none, and
 * with all of them `node -e` would start its own program again, without end.
 *
 * @param file the module.
 * @param given the flags of this process.
 */
export function nodeFlags(file: string, given: readonly string[] = process.execArgv): string[] {
  if (!file.endsWith('.ts')) return []
  return given.filter((each) => !each.startsWith('--inspect'))
}
