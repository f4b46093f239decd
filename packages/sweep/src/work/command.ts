import { extname } from 'node:path'

/** What Node is to be told so that it can run a module: what reads TypeScript here must do so there. */
export function nodeArguments(module: string): string[] {
  const isSource = extname(module) === '.ts'
  return isSource ? process.execArgv.filter((each) => !each.startsWith('--inspect')) : []
}

/** The words that start a module as a process. @param module absolute. */
export function commandOf(module: string): string[] {
  return [process.execPath, ...nodeArguments(module), module]
}
