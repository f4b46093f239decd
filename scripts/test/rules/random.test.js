import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededRandom } from '../../rules/random.js'
import { problemsOf } from '../support/problems.js'

const test = suite('seededRandom')
const TEXT =
  'Math.random must be a generator made from the seed; a line that needs it says `// random: why`'

test('finds Math.random where results are made', () => {
  const line = 'const x = 1\nconst y = Math.random()\n'
  const places = ['packages/core/src/a.ts', 'packages/graph/src/b/c.ts']
  const others = ['packages/cli/src/a.ts', 'packages/core/test/a.ts', 'bench/src/a.ts']
  const files = [...places, ...others].map((path) => [path, line])
  assert.equal(
    problemsOf(seededRandom, Object.fromEntries(files)),
    places.map((path) => `${path}:2: ${TEXT}`),
  )
})

test('accepts a reason, a replacement, and talk about it', () => {
  const text = [
    'const original = Math.random // random: put back below',
    'Math.random = seeded',
    '/** `Math.random` is replaced. */',
    ' * Math.random()',
    'const y = 1 // not Math.random()',
    "throw new Error('numbers from Math.random()')",
  ].join('\n')
  assert.equal(problemsOf(seededRandom, { 'packages/core/src/a.ts': text }), [])
})

test('does not take a comparison for a replacement, or an empty reason for one', () => {
  const text = 'if (Math.random === f) {}\nMath.random() // random: \n'
  assert.is(problemsOf(seededRandom, { 'packages/core/src/a.ts': text }).length, 2)
})

test.run()
