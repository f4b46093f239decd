/**
 * The arguments for Node when a package script is one plain call of `node`, so that neither a shell nor pnpm has to start first.
 *
 * @param {string} script
 * @returns {string[] | undefined} `undefined` when a shell is needed: several commands, quotes, variables, other programs.
 * @example directCommand('node --import tsx main.ts') // ['--import', 'tsx', 'main.ts']
 */
export function directCommand(script) {
  const [program, ...args] = script.trim().split(/\s+/)
  return program === 'node' && /^[\w@%+=:,./\s-]*$/.test(script) ? args : undefined
}
