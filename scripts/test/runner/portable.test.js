import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findGroups, select } from '../../runner/find-tests.js'
import { PORTABLE } from '../../runner/portable.js'

const test = suite('what is repeated in standard ONNX')

test('each name fits tests', () => {
  const groups = findGroups(fileURLToPath(new URL('../../..', import.meta.url)), undefined)
  const files = select(groups, PORTABLE).flatMap(({ files }) => files)
  assert.ok(files.length > PORTABLE.length)
})

test.run()
