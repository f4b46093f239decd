/** @typedef {{ table: HTMLTableElement, name?: string | undefined, multiLabel?: boolean | undefined }} Place the table, what the output is called where there are several, and whether classes are right by themselves */

/** A screen reader is told what is there once the pen has rested for this long, in milliseconds. */
const QUIET = 500

/** Above so many classes, only the most probable ones are shown. */
const MOST_ROWS = 20
const TOP = 10

/**
 * The table of bars: a row per class, a column for the server and one for the browser. Of many classes, those that the server finds most probable.
 *
 * @param {readonly string[]} labels
 * @param {Place} place
 */
export function createAnswers(labels, { table, name, multiLabel }) {
  const body = bodyOf(table)
  const isTop = labels.length > MOST_ROWS
  const rows = Array.from({ length: isTop ? TOP : labels.length }, (_, index) => {
    const row = body.insertRow()
    const head = addHead(row, isTop ? '' : String(labels[index]))
    return { row, head, server: addBar(row, 'server'), browser: addBar(row, 'browser') }
  })
  let shown = rows.map((_, index) => index)
  const speak = createSpeech()
  return {
    /**
     * @param {'server' | 'browser'} who
     * @param {Float32Array | undefined} probabilities undefined when there is nothing to show
     * @param {number} [milliseconds]
     */
    show(who, probabilities, milliseconds) {
      showTime(table, who, milliseconds)
      const best = probabilities?.indexOf(Math.max(...probabilities))
      if (isTop && who === 'server' && probabilities !== undefined) {
        shown = [...probabilities.keys()]
          .sort((a, b) => Number(probabilities[b]) - Number(probabilities[a]))
          .slice(0, TOP)
      }
      for (const [place, each] of rows.entries()) {
        const index = Number(shown[place])
        if (isTop) each.head.textContent = probabilities === undefined ? '' : String(labels[index])
        each[who].set(probabilities?.[index])
        const isRight = multiLabel ? Number(probabilities?.[index]) > 0.5 : index === best
        if (who === 'server') each.row.classList.toggle('best', isRight)
      }
      if (who !== 'server') return
      const right = multiLabel
        ? [...(probabilities ?? []).keys()].filter((index) => Number(probabilities?.[index]) > 0.5)
        : [best ?? 0]
      const said = right.map((at) => `${labels[at]}, ${percent(Number(probabilities?.[at]))}`)
      speak(
        probabilities === undefined
          ? ''
          : `${name === undefined ? 'The model sees' : `${name}:`} ${said.join('; ') || 'none'}`,
      )
    },
  }
}

/**
 * The table of numbers: a row per target.
 *
 * @param {readonly string[]} targets
 * @param {Place} place
 */
export function createNumbers(targets, { table }) {
  const body = bodyOf(table)
  const head = table.querySelector('thead th')
  if (head !== null) head.textContent = 'Target'
  for (const column of table.querySelectorAll('thead th:not(:first-child)')) {
    column.className = 'number'
  }
  const rows = targets.map((target) => {
    const row = body.insertRow()
    addHead(row, target)
    const [server, browser] = [row.insertCell(), row.insertCell()]
    server.className = 'number'
    browser.className = 'number'
    return { server, browser }
  })
  const speak = createSpeech()
  return {
    /**
     * @param {'server' | 'browser'} who
     * @param {Float32Array | undefined} values undefined when there is nothing to show
     * @param {number} [milliseconds]
     */
    show(who, values, milliseconds) {
      showTime(table, who, milliseconds)
      const texts = rows.map((_, index) =>
        values === undefined ? '' : String(Number(Number(values[index]).toPrecision(6))),
      )
      for (const [index, row] of rows.entries()) row[who].textContent = String(texts[index])
      if (who === 'server' && values !== undefined) {
        speak(texts.map((text, index) => `${targets[index]}: ${text}`).join(', '))
      }
    },
  }
}

/**
 * @param {HTMLTableRowElement} row
 * @param {string} text
 */
function addHead(row, text) {
  const head = document.createElement('th')
  head.scope = 'row'
  head.textContent = text
  row.append(head)
  return head
}

/** @param {HTMLTableElement} table */
function bodyOf(table) {
  return /** @type {HTMLTableSectionElement} */ (table.querySelector('tbody'))
}

/**
 * @param {HTMLTableElement} table
 * @param {'server' | 'browser'} who
 * @param {number | undefined} milliseconds
 */
function showTime(table, who, milliseconds) {
  const time = /** @type {HTMLElement} */ (table.querySelector(`[data-time=${who}]`))
  time.textContent = milliseconds === undefined ? '' : `${milliseconds.toFixed(1)} ms`
}

/** What each table has to say. */
const saying = /** @type {string[]} */ ([])
let timer = 0

/** Tells screen readers, once nothing has changed for a moment. */
function createSpeech() {
  const spoken = /** @type {HTMLElement} */ (document.querySelector('#spoken'))
  const own = saying.push('') - 1
  return (/** @type {string} */ text) => {
    saying[own] = text
    clearTimeout(timer)
    timer = setTimeout(() => {
      spoken.textContent = saying.filter(Boolean).join('. ')
    }, QUIET)
  }
}

/**
 * @param {HTMLTableRowElement} row
 * @param {string} who
 */
function addBar(row, who) {
  const cell = row.insertCell()
  cell.className = who
  const meter = document.createElement('meter')
  const text = document.createElement('span')
  text.className = 'percent'
  meter.ariaHidden = 'true'
  const bar = document.createElement('div')
  bar.append(meter, text)
  cell.append(bar)
  return {
    /** @param {number | undefined} value */
    set(value) {
      meter.value = value ?? 0
      text.textContent = value === undefined ? '' : percent(value)
    },
  }
}

/** @param {number} value */
function percent(value) {
  return `${(value * 100).toFixed(1)} %`
}
