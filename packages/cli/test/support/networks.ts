import { networkExamples } from '@ashlar/blocks/testing'
import { type TestFunction, testPlugins } from '@ashlar/core/testing'
import { builtInPlugins } from '../../src/work/registry.ts'

/** Tests that every registered exporter takes every registered block and model: those whose example is deep, or all others. */
export function exportersTakeNetworks(test: TestFunction, { deep }: { deep: boolean }): void {
  const using = builtInPlugins()
    .list()
    .map(({ plugin }) => plugin)
  const { block, model } = networkExamples
  const isDeep = (example: object) => [example].flat().some((each) => 'deep' in each && each.deep)
  const pick = (kind: typeof block) =>
    Object.fromEntries(Object.entries(kind).filter(([, example]) => isDeep(example) === deep))
  const examples = { block: pick(block), model: pick(model) }
  const elsewhere = new Set(
    [block, model].flatMap((kind) =>
      Object.entries(kind).flatMap(([name, example]) => (isDeep(example) === deep ? [] : [name])),
    ),
  )
  testPlugins(
    test,
    using.filter(
      ({ kind, name }) => (kind === 'block' || kind === 'model') && !elsewhere.has(name),
    ),
    examples,
    { using, checks: ['goes through every exporter'] },
  )
}
