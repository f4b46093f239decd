import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { gridIn, gridPoint, gridSize } from '../space/space.ts'
import type { Suggester } from './suggester.ts'

/** All points of the grid, the last parameter varying first. */
export function gridSuggester(): Suggester {
  return {
    name: 'grid',
    learns: false,
    size: (space) => gridSize(gridIn(space)),
    begin({ space }) {
      const grid = gridIn(space)
      return { suggest: (index) => gridPoint(grid, index) }
    },
  }
}

/** `grid` as a plugin. */
export const gridPlugin: Plugin<'suggester'> = definePlugin({
  kind: 'suggester',
  name: 'grid',
  description: 'Every combination, the last parameter varying first.',
  options: z.strictObject({}),
  create: () => gridSuggester(),
})
