import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readSeen, type Seen, writeSeen } from '../../src/client/runs-address.ts'

const test = suite('which runs are shown, in an address')

const PLAIN: Seen = { filter: '', sort: '', columns: null, chosen: [] }

test('what is written comes back, whatever a browser has kept: what is as usual, and no columns at all, too', () => {
  const query = new URLSearchParams()
  for (const part of [
    {},
    { filter: 'accuracy>0.5 tag="a & b"' },
    { sort: '-accuracy' },
    { columns: ['accuracy', 'model.name'] },
    { columns: [] },
    { chosen: ['a', 'sweep/b,c'] },
    { filter: 'x', sort: 'y', columns: [], chosen: ['z'] },
  ]) {
    const seen = { ...PLAIN, ...part }
    writeSeen(seen, query)
    assert.equal(readSeen(new URLSearchParams(query.toString())), seen)
  }
})

test('an address that says something says everything', () => {
  assert.equal(readSeen(new URLSearchParams('sort=loss')), { ...PLAIN, sort: 'loss' })
})

test('only an address that says nothing leaves it to what was kept', () => {
  assert.is(readSeen(new URLSearchParams()), undefined)
})

test.run()
