import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyOverrides } from '../../src/config/overrides.ts'
import { parseYaml, toYaml } from '../../src/config/yaml.ts'

const test = suite('overrides')

const apply = (data: Parameters<typeof applyOverrides>[0], ...overrides: string[]) =>
  applyOverrides(data, overrides, 'experiment')

test('put values in, read as YAML', () => {
  const result = apply(
    { epochs: 1, model: { name: 'a' } },
    'epochs=3',
    'rate=1e-3',
    'shuffle=false',
    'model.width=64',
    'model.sizes=[1, 2]',
    'note=two words',
    'text="3"',
    'formula=a=b',
    'nothing=',
  )
  assert.equal(result, {
    epochs: 3,
    model: { name: 'a', width: 64, sizes: [1, 2] },
    rate: 0.001,
    shuffle: false,
    note: 'two words',
    text: '3',
    formula: 'a=b',
  })
})

test('keep every text as it is: nothing in a value is a comment or a marker', () => {
  const texts = [
    ...[
      'a #b',
      '#fff',
      '# ',
      'a b#c',
      '|',
      '>',
      '||',
      '\t',
      ' ',
      '  ',
      ',',
      ';',
      ':',
      '-',
      '--',
      '---',
      '...',
    ],
    ...[
      '- a',
      '-a',
      'a: b',
      'a:',
      '?',
      '? a',
      '&',
      '&a x',
      '*',
      '*a',
      '**/*.csv',
      '!',
      '!!str 1',
      '%',
      '@',
      '`',
    ],
    ...[
      ']',
      '}',
      '--- 5',
      'a\nb',
      'a\nb: c',
      '\\t',
      'C:\\data\\x',
      '~/data',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of an experiment.
      '${env:HOME}',
      '=',
      'a=b',
      '<<',
      '<',
    ],
    ...[
      'yes',
      'off',
      '1 2',
      '1,5',
      '12:30',
      '1-2',
      '2026-01-01',
      '1_000',
      '0b1',
      '1e',
      'nullable',
      'truest',
      '\u00a0',
    ],
    ...['12345678901234567890', "it's", 'a "b"', 'caf\u00e9', '\u5b9f', 'x'.repeat(500)],
  ]
  for (const text of texts) {
    const spaces = text.trim() === '' ? '' : ' '
    assert.equal(apply({}, `k=${spaces}${text}`), { k: text.trim() === '' ? text : text.trim() })
    // What is written into a run is read again.
    assert.equal(parseYaml(toYaml({ k: text }), 'x'), { k: text }, text)
    assert.equal(apply({}, `k=${JSON.stringify(text)}`), { k: text }, text)
    assert.equal(apply({}, `k=[${JSON.stringify(text)}]`), { k: [text] }, text)
  }
})

test('read numbers, true, false and null as YAML does, and quotes as texts', () => {
  const numbers = {
    '1': 1,
    '-2': -2,
    '+3': 3,
    '1e-3': 0.001,
    '.5': 0.5,
    '5.': 5,
    '0x1f': 31,
    '0o17': 15,
    '1e20': 1e20,
  }
  const others = { '.inf': Infinity, '-.inf': -Infinity, true: true, True: true, FALSE: false }
  for (const [text, value] of Object.entries({ ...numbers, ...others })) {
    assert.equal(apply({}, `k=${text}`), { k: value }, text)
    for (const quote of ['"', "'"])
      assert.equal(apply({}, `k=${quote}${text}${quote}`), { k: text })
  }
  assert.equal(apply({}, 'k=""', "l=''", 'm="null"', 'n="#"'), { k: '', l: '', m: 'null', n: '#' })
})

test('null takes out what is there, so that its default counts', async () => {
  const data = { weights: 'w', a: { b: 1, c: 2 }, list: ['x', 'y'] }
  for (const none of ['', 'null', '~', 'Null', 'NULL']) {
    assert.equal(
      apply(data, `weights=${none}`, `a.b=${none}`, `list.0=${none}`, `absent=${none}`),
      {
        a: { c: 2 },
        list: ['y'],
      },
    )
  }
  assert.equal(apply({}, 'a={b: null, c: {d: null}, e: [null]}'), { a: { c: {}, e: [null] } })
  assert.is(
    await refusal(() => apply({}, '+a=null')),
    'override +a=null: `+` must add something, and null takes it out\n' +
      '  Give it a value, or quotes for no text: a=\'""\'.',
  )
})

test('refuse what YAML would leave out', async () => {
  for (const text of ['[1, 2] # three', '{a: 1} #', '"a" #b', '[a #b]']) {
    assert.is(
      await refusal(() => apply({}, `k=${text}`)),
      `override k=${text}: must be without a comment, which would be left out, got ${JSON.stringify(text)}\n` +
        '  Put quotes around what # is part of.',
    )
  }
})

test('+ adds what is not there yet', async () => {
  assert.equal(apply({ callbacks: { early: 'x' } }, '+callbacks.early.patience=3', '+seed=1'), {
    callbacks: { early: { name: 'x', patience: 3 } },
    seed: 1,
  })
  assert.is(
    await refusal(() => apply({ epochs: 1 }, '+epochs=3')),
    'override +epochs=3: `epochs` must not be there yet, got 1\n  epochs=3 changes it.',
  )
  assert.match(await refusal(() => apply({ model: 'a' }, '+model.name=b')), /must not be there yet/)
})

test('~ removes what is there', async () => {
  const data = { callbacks: { a: {}, b: {} }, metrics: ['x', { name: 'y', k: 1 }], seed: 1 }
  assert.equal(apply(data, '~callbacks.a', '~metrics.1.k', '~seed'), {
    callbacks: { b: {} },
    metrics: ['x', { name: 'y' }],
  })
  assert.equal(apply(data, '~metrics.0').metrics, [{ name: 'y', k: 1 }])
  assert.is(
    await refusal(() => apply(data, '~callbacks.aa')),
    'override ~callbacks.aa: key to remove must be one of a, b, got "aa"\n  Did you mean "a"?',
  )
  assert.match(await refusal(() => apply(data, '~')), /must have the form key=value/)
  assert.match(await refusal(() => apply(data, '~__proto__')), /must not reach a prototype/)
})

test('a later one wins, and may go into an earlier one', () => {
  assert.equal(apply({}, 'dataset=mnist', 'dataset.limit=1', 'dataset.limit=2'), {
    dataset: { name: 'mnist', limit: 2 },
  })
})

test('a name on the way becomes a reference with options', () => {
  assert.equal(apply({ dataset: 'mnist' }, 'dataset.limit=4000'), {
    dataset: { name: 'mnist', limit: 4000 },
  })
})

test('items of a list go by index', () => {
  assert.equal(apply({ metrics: ['accuracy'] }, 'metrics.0.k=3', 'metrics.1=top-k'), {
    metrics: [{ name: 'accuracy', k: 3 }, 'top-k'],
  })
})

test('the data that is given stays as it is', () => {
  const data = { model: { width: 1 } }
  apply(data, 'model.width=2')
  assert.equal(data, { model: { width: 1 } })
})

test('refuse what is no override', async () => {
  for (const text of ['epochs', '=3', 'a..b=1', '.a=1', '']) {
    assert.is(
      await refusal(() => apply({}, text)),
      `override: must have the form key=value, got ${JSON.stringify(text)}\n` +
        '  For example epochs=3, dataset.limit=4000 or +callbacks.time-budget.minutes=5; ~key removes a key.',
    )
  }
})

test('refuse a path through a number', async () => {
  assert.is(
    await refusal(() => apply({ epochs: 3 }, 'epochs.first=1')),
    'override epochs.first=1: what `first` is put into must be a mapping, got 3',
  )
})

test('refuse an index beyond the end of a list', async () => {
  assert.is(
    await refusal(() => apply({ metrics: ['a'] }, 'metrics.2=b')),
    'override metrics.2=b: an item of the list must be given by an index from 0 to 1, got "2"',
  )
  assert.match(
    await refusal(() => apply({ metrics: [] }, 'metrics.length=5')),
    /must be given by an index/,
  )
})

test('refuse broken YAML', async () => {
  assert.match(
    await refusal(() => apply({}, 'sizes=[1, 2')),
    /^override sizes=\[1, 2: must be valid YAML: /,
  )
})

test('no path and no value reaches a prototype', async () => {
  for (const text of [
    '__proto__.polluted=1',
    'a.constructor.prototype.polluted=1',
    'a={__proto__: {polluted: 1}}',
  ]) {
    assert.match(
      await refusal(() => apply({}, text)),
      /a key must not reach a prototype, got "(__proto__|constructor)"$/,
    )
  }
  assert.is(({} as { polluted?: number }).polluted, undefined)
})

test.run()
