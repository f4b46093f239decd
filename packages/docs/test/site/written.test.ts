import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asPage, titleOf } from '../../src/site/written.ts'

const test = suite('texts of the repository as pages')
const fence = '```'
const paths = new Map([
  ['docs/kernels.md', '/kernels'],
  ['docs/guides/trust.md', '/guides/trust'],
  ['packages/import/README.md', '/packages/import'],
])

test('links lead to pages where the site has them, by file or folder', () => {
  const text = asPage(
    'docs/guides/a.md',
    '[a](../kernels.md), [b](trust.md#rule), [c](../../packages/import), [d](../../packages/import/README.md) [e](#here) [f](https://example.com/g.md)',
    paths,
  )
  assert.is(
    text,
    '[a](/kernels), [b](/guides/trust#rule), [c](/packages/import), [d](/packages/import) [e](#here) [f](https://example.com/g.md)',
  )
})

test('what the site has not is named', () => {
  assert.is(
    asPage('README.md', '[lesson](examples/lesson.ts)', paths),
    'lesson (`examples/lesson.ts`)',
  )
  assert.is(asPage('README.md', '[`x.ts`](x.ts)', paths), '`x.ts` (`x.ts`)')
  assert.is(asPage('README.md', '[x.ts](x.ts)', paths), '`x.ts`')
})

test('code is left alone', () => {
  const text = `${fence}md\n[a](nowhere.md)\n${fence}\n`
  assert.is(asPage('README.md', text, paths), text)
})

test('the first heading is the title', () => {
  assert.is(titleOf('---\na: b\n---\n\n# Title `x`\n\n# Other'), 'Title `x`')
  assert.is(titleOf('text'), undefined)
})

test.run()
