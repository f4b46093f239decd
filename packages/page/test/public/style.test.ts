import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('style of the page')

const read = (name: string) =>
  readFile(new URL(`../../src/public/${name}`, import.meta.url), 'utf8')

test('a table of a further output looks as the first does: by its class, not by its id', async () => {
  const [table] = /<table [^>]*>/.exec(await read('index.html'))!
  assert.is(table, '<table id="bars" class="bars">')
  const style = await read('style.css')
  assert.match(style, /^\.bars meter \{/m)
  assert.not.match(style, '#bars')
})

test.run()
