import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('the lesson in the README')

const LESSON = new URL('../lesson.ts', import.meta.url)

test('is what the README shows', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const lesson = new Set(readFileSync(LESSON, 'utf8').split('\n'))
  const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!)
  assert.is(blocks.length, 2)
  const others = blocks.flatMap((code) => code.split('\n').filter((line) => !lesson.has(line)))
  assert.equal(others, [])
})

test.run()
