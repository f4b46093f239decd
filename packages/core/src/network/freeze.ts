import { ConfigError, closest } from '@ashlar/errors'
import type { Sublayer } from './children.ts'
import type { Network } from './network.ts'

/**
 * Freezes layers: no optimizer changes their weights, and a batch norm among them works with its moving statistics, as in Keras. Layers
 * inside of a frozen one are frozen too.
 *
 * @param patterns paths of layers as `Model.sublayers` names them; `*` stands for (a piece of) one part, `**` for any number of
 * parts: `stem`, `blocks.*.conv1`, `**.norm*`.
 * @returns paths of what was frozen.
 * @throws ConfigError for a pattern that no layer has; shows the closest path.
 */
export function freeze(model: Network, patterns: readonly string[]): string[] {
  const frozen = layersMatching(model, patterns)
  for (const { layer } of frozen) layer.trainable = false
  return frozen.map(({ path }) => path)
}

/**
 * The layers that patterns stand for, and all inside of them.
 *
 * @throws ConfigError for a pattern that no layer has; shows the closest path.
 */
export function layersMatching(model: Network, patterns: readonly string[]): Sublayer[] {
  const all = model.sublayers()
  const paths = all.map(({ path }) => path)
  const chosen = new Set<string>()
  for (const pattern of patterns) {
    const matches = matcher(pattern)
    const found = paths.filter((path) => matches.test(path))
    if (found.length === 0) {
      const near = closest(pattern, paths)
      throw new ConfigError({
        where: `${model.getClassName()}.freeze`,
        expected: `layers must be among ${paths.join(', ')}`,
        given: pattern,
        hint: near === undefined ? undefined : `Did you mean "${near}"?`,
      })
    }
    for (const path of found) chosen.add(path)
  }
  const isWithin = (path: string) =>
    chosen.has(path) || [...chosen].some((outer) => path.startsWith(`${outer}.`))
  return all.filter(({ path }) => isWithin(path))
}

/** What fits a pattern of paths. */
export function matcher(pattern: string): RegExp {
  const parts = pattern.split('.').map((part, index, { length }) => {
    if (part === '**') return index === length - 1 ? '.*' : '(?:[^.]+\\.)*'
    const text = part.replaceAll(/[\\^$+?()[\]{}|]/g, '\\$&').replaceAll('*', '[^.]*')
    return index === length - 1 ? text : `${text}\\.`
  })
  return new RegExp(`^${parts.join('')}$`)
}
