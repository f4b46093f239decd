import { strict as assert } from 'node:assert'
import type { Check } from '@ashlar/core/testing'
import { parseSpace } from '../space/parse.ts'
import type { Space } from '../space/space.ts'
import type { Observation, Suggester } from '../suggest/suggester.ts'

/** One parameter of each form. */
const SPACE: Space = {
  parameters: parseSpace([
    'rate=1e-4..1e-2:log:points=3',
    'units=1..4',
    'size=0.0..1.0:step=0.25',
    'name=a,b',
  ]).parameters,
  constraints: [],
}

const COUNT = 20

async function points(suggester: Suggester, seed: number): Promise<unknown[]> {
  const suggestions = await suggester.begin({ space: SPACE, seed, trials: COUNT })
  const observed: Observation[] = []
  try {
    for (let index = 0; index < COUNT; index++) {
      const point = await suggestions.suggest(index, observed)
      if (point === undefined) break
      observed.push({ point, score: index % 7 })
    }
  } finally {
    await suggestions.end?.()
  }
  return observed.map(({ point }) => point)
}

/** What every suggester must keep. */
export const suggesterChecks: readonly Check<'suggester'>[] = [
  {
    name: 'gives points that lie in the space',
    async run({ create }) {
      const given = (await points(create(), 1)) as Record<string, unknown>[]
      assert.ok(given.length > 0, 'there must be a point')
      for (const point of given) {
        assert.deepEqual(Object.keys(point), ['rate', 'units', 'size', 'name'])
        const { rate, units, size, name } = point as {
          rate: number
          units: number
          size: number
          name: string
        }
        assert.ok(rate >= 1e-4 && rate <= 1e-2, `rate ${rate}`)
        assert.ok([1, 2, 3, 4].includes(units), `units ${units}`)
        assert.ok([0, 0.25, 0.5, 0.75, 1].includes(size), `size ${size}`)
        assert.ok(['a', 'b'].includes(name), `name ${name}`)
      }
    },
  },
  {
    name: 'gives the same points for the same seed',
    async run({ create }) {
      const first = await points(create(), 5)
      assert.deepEqual(await points(create(), 5), first)
    },
  },
  {
    name: 'goes on where another process stopped',
    async run({ create }) {
      const whole = await points(create(), 3)
      const observed = whole
        .slice(0, 5)
        .map((point, index) => ({ point: point as Observation['point'], score: index % 7 }))
      const suggestions = await create().begin({ space: SPACE, seed: 3, trials: COUNT })
      try {
        assert.deepEqual(await suggestions.suggest(5, observed), whole[5])
      } finally {
        await suggestions.end?.()
      }
    },
  },
]
