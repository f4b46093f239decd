import type { Registry } from '@ashlar/plugins'
import { openContainer } from '@ashlar/plugins'
import type { Engine } from '../../engines/engine.ts'

/** Every registered engine with its default options. */
export function engines(registry: Registry): Engine[] {
  const container = openContainer(registry, { seed: 0, folder: process.cwd() })
  return registry.names('engine').map((name) => container.create('engine', { name }, name))
}
