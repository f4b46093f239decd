/** A screen reader is told what is there once the pen has rested for this long, in milliseconds. */
const QUIET = 500

/** Above so many classes, only the most probable ones are shown. */
const MOST_ROWS = 20
const TOP = 10

/**
 * The table of bars: a row per class, a column for the server and one for the browser. Of many classes, those that the server finds most probable.
 *
 * @param {readonly string[]} labels
 */
export function createAnswers(labels) {
  const body = /** @type {HTMLTableSectionElement} */ (document.querySelector('#bars tbody'))
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
      showTime(who, milliseconds)
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
        if (who === 'server') each.row.classList.toggle('best', index === best)
      }
      if (who !== 'server') return
      speak(
        best === undefined
          ? ''
          : `The model sees ${labels[best]}, ${percent(Number(probabilities?.[best]))}`,
      )
    },
  }
}

/**
 * The table of numbers: a row per target.
 *
 * @param {readonly string[]} targets
 */
export function createNumbers(targets) {
  const body = /** @type {HTMLTableSectionElement} */ (document.querySelector('#bars tbody'))
  const head = document.querySelector('#bars thead th')
  if (head !== null) head.textContent = 'Target'
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
      showTime(who, milliseconds)
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

/**
 * @param {'server' | 'browser'} who
 * @param {number | undefined} milliseconds
 */
function showTime(who, milliseconds) {
  const time = /** @type {HTMLElement} */ (document.querySelector(`#${who}-time`))
  time.textContent = milliseconds === undefined ? '' : `${milliseconds.toFixed(1)} ms`
}

/** Tells screen readers, once nothing has changed for a moment. */
function createSpeech() {
  const spoken = /** @type {HTMLElement} */ (document.querySelector('#spoken'))
  let timer = 0
  return (/** @type {string} */ text) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      spoken.textContent = text
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
