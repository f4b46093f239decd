import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ashlarJson } from '../support/ashlar.ts'
import { commandLine, type Started, start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const PYTHON = process.env.ASHLAR_PYTHON ?? 'python3'
const TERMINAL = fileURLToPath(new URL('terminal.py', import.meta.url))
const COLUMNS = 80

const test = suite('the command in a terminal of 80 columns')

/** What appears in a terminal, and what is typed then. */
type Typed = readonly (readonly [appears: string, typed: string])[]

/** Starts the command in a terminal, where something is typed when a text appears. */
function inTerminal(
  args: readonly string[],
  { cwd, typed = [] }: { cwd?: string; typed?: Typed } = {},
): Started {
  return start([TERMINAL, JSON.stringify(typed), process.execPath, ...commandLine(args)], {
    file: PYTHON,
    ...(cwd !== undefined && { cwd }),
  })
}

/** What is shown in the end: the last of what was drawn over each line. */
async function show(
  args: readonly string[],
  cwd: string,
  typed: Typed = [],
): Promise<{ code: number | null; drawn: string[]; lines: string[] }> {
  const { code, out } = await inTerminal(args, { cwd, typed }).ended
  const lines = out
    .split('\r\n')
    .map((line) => line.split('\u001b[1G').map(stripVTControlCharacters))
  return {
    code,
    drawn: lines.flat(),
    lines: lines.map((each) => each.findLast((text) => text !== '') ?? ''),
  }
}

const ROWS = Array.from({ length: 120 }, (_, i) => {
  const [size, kind] = [(i * 7) % 40, i % 3 === 0 ? 'round' : 'flat']
  return `${size},${kind},${size > 20 ? 'large' : 'small'}`
})
const FILES = { 'things.csv': `size,kind,answer\n${ROWS.join('\n')}\n` }

test('from a table to a trained model: what was validated is seen, no line is cut, and what comes next is said', () =>
  inScratch(FILES, async (folder) => {
    const made = await show(['new', 'experiment', 'things.csv', '--yes'], folder)
    assert.is(made.code, 0, made.lines.join('\n'))
    assert.ok(made.lines.includes('wrote things.yaml'))
    const { code, drawn, lines } = await show(['run', 'things.yaml', 'epochs=3'], folder)
    assert.is(code, 0, lines.join('\n'))
    const epochs = lines.filter((line) => line.startsWith('epoch '))
    assert.is(epochs.length, 3, lines.join('\n'))
    for (const epoch of epochs) {
      assert.match(epoch, /^epoch \d\/3 .* val_loss [\d.e-]+ {2}val_accuracy [\d.]+/)
    }
    const long = drawn.filter((line) => line.startsWith('epoch ') && line.length > COLUMNS)
    assert.equal(long, [])
    assert.not.match(drawn.join('\n'), 'losss')
    for (const next of ['predict', 'serve', 'report']) {
      assert.ok(
        lines.some(
          (line) => line.startsWith(`  ashlar ${next} runs/`) || line.includes(` ${next} runs/`),
        ),
        next,
      )
    }
    const unasked = await show(['runs', 'accuracy>high'], folder)
    assert.is(unasked.code, 2)
    assert.match(unasked.lines.join('\n'), /accuracy is a number, and must be held against one/)
    const folds = await show(
      ['run', 'things.yaml', 'epochs=1', '~dataset.validation', '~callbacks', '+fold.count=3'],
      folder,
    )
    assert.is(folds.code, 0, folds.lines.join('\n'))
    // 96 rows are trained on, a third of which validates.
    assert.match(folds.lines.join('\n'), /64 training(, | and )32 validation/)
  }))

const MESSY = Array.from(
  { length: 90 },
  (_, i) => `${i % 3},${i % 3 ? 'open' : 'shut'},${(i * 7) % 40}`,
)

test('new experiment asks what it cannot see, and asks again where the answer is none', () =>
  inScratch({ 't.csv': `level,door,size\n${MESSY.join('\n')}\n` }, async (folder) => {
    const asked = await show(['new', 'experiment', 't.csv'], folder, [
      ['column to predict \\[\\w+\\]: ', 'colour\r'],
      ['must be one of level, door, size[^:]*column to predict \\[\\w+\\]: ', 'door\r'],
      ['tells the target: level \\(yes or no\\) \\[no\\]: ', 'yes\r'],
    ])
    const text = asked.lines.join('\n')
    assert.is(asked.code, 0, text)
    assert.match(text, /level +numbers 0 to 2 \(left out: as was asked for\)/)
    const written = parse(await readFile(join(folder, 't.yaml'), 'utf8')).dataset
    assert.equal([written.target, written.features], ['door', ['size']])
    // Nothing typed takes what is proposed.
    const numbers = await show(['new', 'experiment', 't.csv', '--out', 'n.yaml'], folder, [
      ['column to predict \\[\\w+\\]: ', 'level\r'],
      [
        'classes \\(classification\\) or amounts \\(regression\\) \\[classification\\]: ',
        'regression\r',
      ],
    ])
    assert.is(numbers.code, 0, numbers.lines.join('\n'))
    assert.is(parse(await readFile(join(folder, 'n.yaml'), 'utf8')).dataset.task, 'regression')
  }))

test('several labels are offered, and an answer that names other columns is asked for again', () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 2},${Number(i % 3 === 0)}`)
  return inScratch({ 't.csv': `size,right,top\n${rows.join('\n')}\n` }, async (folder) => {
    const asked = await show(['new', 'experiment', 't.csv'], folder, [
      ['with commas between \\(of right, top\\) \\[top\\]: ', 'right, size\r'],
      ['must say yes or no, and size does not[^:]*\\[top\\]: ', 'right, top\r'],
    ])
    assert.is(asked.code, 0, asked.lines.join('\n'))
    const { target, task } = parse(await readFile(join(folder, 't.yaml'), 'utf8')).dataset
    assert.equal([target, task], [['right', 'top'], 'multi-label'])
  })
})

test('help for a command, and what a wrong call answers', () =>
  inScratch({}, async (folder) => {
    const help = await show(['help', 'run'], folder)
    assert.is(help.code, 0)
    assert.match(help.lines[0]!, /^Usage: .*\brun \[options\]/)
    for (const [args, code, text] of [
      [['evaluate', 'runs/none'], 1, /There is nothing at this path/],
      [
        ['run', 'mnist-mini-resnet', 'engine.providers=[gpu]'],
        2,
        /must be an execution provider.*cpu/,
      ],
      [['run', 'mnist-mini-resnet', 'model.name=resnet81'], 2, /resnet18/],
    ] as const) {
      const found = await show(args, folder)
      const all = found.lines.join('\n')
      assert.match(all, text)
      assert.not.match(all, /^ +at .*:\d+:\d+/m)
      assert.is(found.code, code, `${args.join(' ')}: ${all}`)
    }
  }))

test('serve: an occupied port has a way out, and the log is for people', () =>
  inScratch(FILES, async (folder) => {
    const out = join(folder, 'runs')
    const experiment = join(folder, 'things.yaml')
    await ashlarJson('new', 'experiment', join(folder, 'things.csv'), '--yes', '--out', experiment)
    const { run } = await ashlarJson<{ run: string }>('run', experiment, 'epochs=1', '--out', out)
    const other = createServer()
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve)
    })
    try {
      const { port } = other.address() as { port: number }
      const taken = await show(['serve', run, '--port', String(port)], folder)
      assert.match(taken.lines.join('\n'), /port .*\n? *.*--port/)
      assert.is.not(taken.code, 0)
    } finally {
      other.close()
    }
    const served = inTerminal(['serve', run, '--port', '0'], { typed: [['serving +', '\u0003']] })
    try {
      const { code, out: shown } = await served.ended
      const lines = stripVTControlCharacters(shown).split('\r\n')
      assert.is(code, 0, shown)
      assert.ok(lines.some((line) => /^\d\d:\d\d:\d\d info +a model is ready/.test(line)))
      assert.not.match(shown, '{"level"')
    } finally {
      served.child.kill('SIGKILL')
    }
  }))

test.run()
