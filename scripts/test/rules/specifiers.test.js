import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { specifiersOf } from '../../rules/specifiers.js'

const test = suite('specifiersOf')

/**
 * @param {string} text
 * @param {string} [path]
 */
function found(text, path = 'a.ts') {
  return specifiersOf({ path, text }).map(({ text: name, line, use, whole }) =>
    [name, line, ...(use === 'import' ? [] : [use]), ...(whole ? [] : ['begins'])].join(' '),
  )
}

test('finds every way to import', () => {
  const ways = {
    "import './x.ts'": './x.ts 1',
    "import x from './x.ts'": './x.ts 1',
    "import type { X } from './x.ts'": './x.ts 1',
    'import * as x from "./x.ts"': './x.ts 1',
    "import {\n  x,\n  y,\n} from './x.ts'": './x.ts 4',
    "import { x } from\n  './x.ts'": './x.ts 2',
    "import { from } from './x.ts'": './x.ts 1',
    "import data from './x.json' with { type: 'json' }": './x.json 1',
    "export * from './x.ts'": './x.ts 1',
    "export type { X } from './x.ts'": './x.ts 1',
    "const x = await import('./x.ts')": './x.ts 1',
    "import(\n  './x.ts'\n)": './x.ts 2',
    "import(/* why */ './x.ts')": './x.ts 1',
    'import(`./x.ts`)': './x.ts 1',
    "import('\\u002e/x.ts')": './x.ts 1',
    "let x: typeof import('./x.ts')": './x.ts 1',
    "let x: import('./x.ts').X": './x.ts 1',
    "import x = require('./x.ts')": './x.ts 1',
    "const x = require('./x.cjs')": './x.cjs 1',
    "declare module './x.ts' {}": './x.ts 1',
    "register('./x.ts', import.meta.url)": './x.ts 1',
    "import.meta.resolve('./x.ts')": './x.ts 1 resolve',
    "require.resolve('x')": 'x 1 resolve',
    "new URL('./x.ts', import.meta.url)": './x.ts 1 file',
    "new URL(\n  '../x/',\n  import.meta.url,\n)": '../x/ 2 file',
    'import(`./${name}.ts`)': './ 1 begins',
    "import('./' + name)": './ 1 begins',
    "/// <reference path='x.d.ts' />": './x.d.ts 1',
    '/// <reference types="x" />': 'x 1',
  }
  for (const [text, expected] of Object.entries(ways)) assert.equal(found(text), [expected], text)
})

test('finds all of one line, and what stands behind patterns and templates', () => {
  const text = `const [a, b] = await Promise.all([import('./a.ts'), import('./b.ts')])
const c = /'/.test(\`it's \${await import('./c.ts')}\`)
`
  assert.equal(found(text), ['./a.ts 1', './b.ts 1', './c.ts 2'])
})

test('takes strings and comments for what they are', () => {
  const text = `// import './a.ts'
/** import { x } from './b.ts', import('./c.ts') */
const text = "import x from './d.ts'"
const more = \`import './e.ts'\`
const ends = /import '.\\/f.ts'/
const list = Array.from('abc')
new URL('./g.ts', base)
say('from', './h.ts')
this.import('./i.ts')
`
  assert.equal(found(text), [])
})

test('reads the types in comments of JavaScript', () => {
  const text = `/** @type {import('./a.js').A} */
/**
 * @param {import("@ashlar/cli").B} b
 * @param {import(
 *   './c.js').C} c
 */
/** @import { D, E } from './d.js' */
// import('./e.js')
`
  for (const path of ['a.js', 'a.mjs', 'a.cjs', 'a.jsx']) {
    assert.equal(
      found(text, path)
        .map((each) => each.split(' ')[0])
        .slice(0, 2),
      ['./a.js', '@ashlar/cli'],
    )
    assert.ok(found(text, path).includes('./d.js 7'))
    assert.not.ok(found(text, path).some((each) => each.startsWith('./e.js')))
  }
  assert.equal(found(text, 'a.ts'), [])
})

test('reads the code in Markdown', () => {
  const text = `import it from 'prose'
\`\`\`ts
import a from 'a'
const open = \`
\`\`\`
It's \`import 'prose'\`.
\`\`\`sh
import 'sh'
\`\`\`
~~~~js
import b from 'b'
~~~~
`
  assert.equal(found(text, 'a.md'), ['a 3', 'b 11'])
})

test.run()
