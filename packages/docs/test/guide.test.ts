import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readGuide } from '../src/guide.ts'
import { runGuide } from '../src/run-guide.ts'

const test = suite('code of a guide')
const fence = '```'

test('files, programs and commands, in their order', () => {
  const guide = `# Title

${fence}ts file=src/a.ts
export const a = 1
${fence}

Text.

${fence}ts
import './src/a.ts'
${fence}

${fence}sh
cd somewhere
npx ashlar run x     # a comment
npx ashlar verify 'a b'
${fence}

${fence}console
npx ashlar not run
${fence}
`
  assert.equal(readGuide(guide), [
    { kind: 'file', line: 3, path: 'src/a.ts', text: 'export const a = 1\n' },
    { kind: 'program', line: 9, text: "import './src/a.ts'" },
    { kind: 'commands', line: 13, commands: ['ashlar run x', "ashlar verify 'a b'"] },
  ])
})

test('programs see the files and packages', async () => {
  const guide = `${fence}ts file=answer.ts
export const answer: number = 42
${fence}

${fence}ts
import { closest } from '@ashlar/errors'
import { answer } from './answer.ts'

console.log(answer, closest('minst', ['mnist']))
${fence}
`
  assert.equal(await runGuide('guide', guide), [{ line: 5, output: '42 mnist\n' }])
})

test('a program that fails is an error with its line and what it printed', async () => {
  const guide = `Text.\n\n${fence}ts\nthrow new Error('this went wrong')\n${fence}\n`
  try {
    await runGuide('guide', guide)
    assert.unreachable('the program throws')
  } catch (error) {
    assert.match((error as Error).message, /guide:3: must run/)
    assert.match((error as Error).message, /this went wrong/)
  }
})

test('a file may not lie elsewhere', async () => {
  const guide = `${fence}ts file=../escaped.ts\nexport {}\n${fence}\n`
  try {
    await runGuide('guide', guide)
    assert.unreachable('the file lies elsewhere')
  } catch (error) {
    assert.match((error as Error).message, /a file must lie in the folder of the guide/)
  }
})

test.run()
