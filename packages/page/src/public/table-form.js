import { encodeRow } from './encoding.js'
import { addField, sendForm } from './fields.js'

/**
 * A form with a field for each column of a table.
 *
 * @param {import('./encoding.js').TableEncoding} encoding
 * @param {(data: Float32Array) => void} onRow told of rows that are whole
 */
export function createForm(encoding, onRow) {
  const form = /** @type {HTMLFormElement} */ (document.querySelector('#table-form'))
  const fields = createFields(
    encoding,
    /** @type {HTMLElement} */ (document.querySelector('#fields')),
  )
  sendForm(form, (isAsked) => {
    const data = fields.read(isAsked)
    if (data !== undefined) onRow(data)
  })
}

/**
 * A field for each column of a table.
 *
 * @param {import('./encoding.js').TableEncoding} encoding
 * @param {HTMLElement} parent
 * @param {string} [prefix] of the ids, which differ from those of other tables
 */
export function createFields(encoding, parent, prefix = 'field') {
  const inputs = encoding.columns.map((column, index) => {
    const { name } = column
    const input = column.kind === 'number' ? numberField(column) : categoryField(column)
    const tell = addField(parent, input, { id: `${prefix}-${index}`, label: name })
    return { name, input, tell }
  })
  /**
   * @param {boolean} isAsked whether problems are told: not while somebody is still filling the form in
   * @returns {Float32Array | undefined} of a row that is whole
   */
  const read = (isAsked) => {
    const cells = Object.fromEntries(inputs.map(({ name, input }) => [name, input.value]))
    const { data, problems } = encodeRow(cells, encoding)
    for (const { name, tell } of inputs) {
      const text = Object.hasOwn(problems, name) ? `${name} ${problems[name]}` : ''
      if (isAsked || text === '') tell(text)
    }
    const wrong = inputs.find(({ name }) => Object.hasOwn(problems, name))
    if (wrong === undefined) return data
    if (isAsked) wrong.input.focus()
    return undefined
  }
  return { read }
}

/** @param {import('./encoding.js').NumberColumn} column */
function numberField({ fill }) {
  const input = document.createElement('input')
  input.type = 'text'
  input.inputMode = 'decimal'
  input.autocomplete = 'off'
  if (fill !== undefined) input.placeholder = `${Number(fill.toPrecision(6))} when left out`
  return input
}

/** @param {import('./encoding.js').CategoryColumn | import('./encoding.js').IndexColumn} column */
function categoryField({ kind, categories, fill, unseen }) {
  const select = document.createElement('select')
  const leftOut = kind === 'index' ? 'left out' : 'choose'
  select.append(new Option(fill === undefined ? leftOut : `left out (as ${fill})`, ''))
  for (const category of categories) select.append(new Option(category, category))
  // A word that no sample had: the model takes it for none of the others.
  const other = 'something else'
  if (unseen === 'ignore' && !categories.includes(other)) select.append(new Option(other, other))
  return select
}
