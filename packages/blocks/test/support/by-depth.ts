import type { Plugin } from '@ashlar/core'
import type { ExamplesByName } from '@ashlar/core/testing'
import { blockPlugins } from '../../src/index.ts'
import { networkExamples } from '../../src/testing/index.ts'

/** Models and their examples. */
export interface ModelsUnderTest {
  readonly plugins: readonly Plugin[]
  readonly examples: Pick<ExamplesByName, 'model'>
}

/** The models whose example is deep, which take half a minute of CPU time together, or all others. */
export function modelsByDepth(isDeep: boolean): ModelsUnderTest {
  const belongs = (name: string) =>
    [networkExamples.model[name] ?? []].flat().some((each) => 'deep' in each && each.deep) ===
    isDeep
  const examples = Object.entries(networkExamples.model).filter(([name]) => belongs(name))
  return {
    // One without an example is among the others, and fails there.
    plugins: blockPlugins.filter(({ kind, name }) => kind === 'model' && belongs(name)),
    examples: { model: Object.fromEntries(examples) },
  }
}
