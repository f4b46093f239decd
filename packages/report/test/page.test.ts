import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { html } from '../src/html.ts'
import { number } from '../src/page/parts.ts'

const test = suite('page')

test('text is escaped, HTML is not, lists are joined, nothing leaves nothing', () => {
  const name = `<b title="x">&'`
  assert.is(String(html`<p>${name}</p>`), '<p>&lt;b title=&quot;x&quot;&gt;&amp;&#39;</p>')
  assert.is(String(html`<p>${[html`<i>a</i>`, 1, undefined]}${undefined}</p>`), '<p><i>a</i>1</p>')
})

test('numbers with four digits that count', () => {
  assert.equal([0, 12_345, 0.123456, 1.5e-7, -2.5].map(number), [
    '0',
    '12,345',
    '0.1235',
    '1.50e-7',
    '-2.5',
  ])
})

test.run()
