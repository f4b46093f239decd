import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { html } from '../src/html.ts'

const test = suite('html')

test('text is escaped, HTML is not, lists are joined, nothing leaves nothing', () => {
  const name = `<b title="x">&'`
  assert.is(String(html`<p>${name}</p>`), '<p>&lt;b title=&quot;x&quot;&gt;&amp;&#39;</p>')
  assert.is(String(html`<p>${[html`<i>a</i>`, 1, undefined]}${undefined}</p>`), '<p><i>a</i>1</p>')
})

test.run()
