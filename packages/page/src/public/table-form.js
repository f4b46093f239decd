import { encodeRow } from './encoding.js'

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
  /** @param {boolean} isAsked */
  const send = (isAsked) => {
    const data = fields.read(isAsked)
    if (data !== undefined) onRow(data)
  }
  form.addEventListener('input', () => send(false))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    send(true)
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
    const id = `${prefix}-${index}`
    const label = document.createElement('label')
    label.htmlFor = id
    label.textContent = column.name
    const input = column.kind === 'number' ? numberField(column) : categoryField(column)
    input.id = id
    const problem = document.createElement('p')
    problem.id = `${id}-problem`
    problem.className = 'field-problem'
    input.setAttribute('aria-describedby', problem.id)
    const row = document.createElement('div')
    row.className = 'field'
    row.append(label, input, problem)
    parent.append(row)
    return { name: column.name, input, problem }
  })
  /**
   * @param {boolean} isAsked whether problems are told: not while somebody is still filling the form in
   * @returns {Float32Array | undefined} of a row that is whole
   */
  const read = (isAsked) => {
    const cells = Object.fromEntries(inputs.map(({ name, input }) => [name, input.value]))
    const { data, problems } = encodeRow(cells, encoding)
    for (const { name, input, problem } of inputs) {
      const text = Object.hasOwn(problems, name) ? `${name} ${problems[name]}` : ''
      if (isAsked || text === '') {
        problem.textContent = text
        input.setAttribute('aria-invalid', String(text !== ''))
      }
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

/** @param {import('./encoding.js').CategoryColumn} column */
function categoryField({ categories, fill, unseen }) {
  const select = document.createElement('select')
  select.append(new Option(fill === undefined ? 'choose' : `left out (as ${fill})`, ''))
  for (const category of categories) select.append(new Option(category, category))
  // A word that no sample had: the model takes it for none of the others.
  const other = 'something else'
  if (unseen === 'ignore' && !categories.includes(other)) select.append(new Option(other, other))
  return select
}
