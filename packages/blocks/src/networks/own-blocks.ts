import { openContainer, Registry } from '@ashlar/plugins'
import { blocks } from '../blocks.ts'
import type { BlockFactory } from './stage.ts'

/** The blocks of this package, for a network that is made outside of an experiment. */
export function ownBlocks(): BlockFactory {
  const registry = new Registry().register(blocks, '@ashlar/blocks')
  const container = openContainer(registry, { seed: 0, folder: '.' })
  return (name, options) => container.create('block', { name, ...options }, name)
}
