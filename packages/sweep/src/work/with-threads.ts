import type { ResolvedExperiment } from '@ashlar/experiment'

/**
 * An experiment with the threads of a trial, where its plugins can be told and nobody did. The engine has the same number everywhere, so that sums come out the same; a dataset has no
 * readers beside the only thread of a trial, where it can do without.
 */
export function withThreads(resolved: ResolvedExperiment, threads: number): ResolvedExperiment {
  const { experiment, registry } = resolved
  const told = <K extends 'engine' | 'dataset'>(kind: K, counts: readonly number[]) => {
    const given = experiment[kind]
    const option = registry.get(kind, given.name).plugin.options.shape.threads
    if (option === undefined || given.threads !== undefined) return given
    const count = counts.find((each) => option.safeParse(each).success)
    return count === undefined ? given : { ...given, threads: count }
  }
  return {
    ...resolved,
    experiment: {
      ...experiment,
      engine: told('engine', [threads]),
      dataset: told('dataset', threads === 1 ? [0, 1] : [threads]),
    },
  }
}
