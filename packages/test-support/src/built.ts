/** Whether processes that tests start use packages as they are built, which `.ci/run` has done: they start in less than half the time. */
export const isBuilt: boolean = process.env.ASHLAR_BUILT === '1'

/** Arguments with which Node reads TypeScript as in this process, and packages as they are built or from their sources. */
export function nodeArguments(): string[] {
  return process.execArgv.filter((each) => !(isBuilt && each.startsWith('--conditions=')))
}
