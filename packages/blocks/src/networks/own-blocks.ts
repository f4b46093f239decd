import { openContainer, Registry } from '@ashlar/plugins'
import { blockPlugins } from '../block-plugins.ts'
import type { BlockFactory } from './stage.ts'

/** The blocks of this package, for a network that is made outside of an experiment. */
export function ownBlocks(): BlockFactory {
  const registry = new Registry().register(blockPlugins, '@ashlar/blocks')
  const container = openContainer(registry, { seed: 0, folder: '.' })
  return (name, options) => container.create('block', { name, ...options }, name)
}
