import { createHash } from 'node:crypto'
import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { pointAt } from '../space/space.ts'
import type { Suggester } from './suggester.ts'

/** Points drawn independently: equally likely everywhere, on the scale of each parameter. */
export function randomSuggester(): Suggester {
  return {
    name: 'random',
    learns: false,
    begin: ({ space, seed }) => ({
      suggest: (index) =>
        pointAt(
          space,
          space.parameters.map((_, i) => unitOf('random', seed, index, i)),
        ),
    }),
  }
}

/** A number from 0 on, below 1, which follows from what it is drawn for alone: no draw depends on another. */
export function unitOf(...drawnFor: readonly (string | number)[]): number {
  const bytes = createHash('sha256').update(drawnFor.join('/')).digest()
  return Number(bytes.readBigUInt64BE() >> 11n) / 2 ** 53
}

/** `random` as a plugin. */
export const randomPlugin: Plugin<'suggester'> = definePlugin({
  kind: 'suggester',
  name: 'random',
  description: 'Points drawn independently of one another.',
  options: z.strictObject({}),
  create: () => randomSuggester(),
})
