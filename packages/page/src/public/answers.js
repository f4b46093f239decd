/** A screen reader is told what is there once the pen has rested for this long, in milliseconds. */
const QUIET = 500

/**
 * The table of bars: a row per class, a column for the server and one for the browser.
 *
 * @param {readonly string[]} labels
 */
export function createAnswers(labels) {
  const body = /** @type {HTMLTableSectionElement} */ (document.querySelector('#bars tbody'))
  const spoken = /** @type {HTMLElement} */ (document.querySelector('#spoken'))
  const rows = labels.map((label) => {
    const row = body.insertRow()
    const head = document.createElement('th')
    head.scope = 'row'
    head.textContent = label
    row.append(head)
    return { row, server: addBar(row, 'server'), browser: addBar(row, 'browser') }
  })
  let timer = 0
  return {
    /**
     * @param {'server' | 'browser'} who
     * @param {Float32Array | undefined} probabilities undefined when there is nothing to show
     * @param {number} [milliseconds]
     */
    show(who, probabilities, milliseconds) {
      const time = /** @type {HTMLElement} */ (document.querySelector(`#${who}-time`))
      time.textContent = milliseconds === undefined ? '' : `${milliseconds.toFixed(1)} ms`
      const best = probabilities?.indexOf(Math.max(...probabilities))
      for (const [index, each] of rows.entries()) {
        each[who].set(probabilities?.[index])
        if (who === 'server') each.row.classList.toggle('best', index === best)
      }
      if (who !== 'server') return
      clearTimeout(timer)
      timer = setTimeout(() => {
        spoken.textContent =
          best === undefined
            ? ''
            : `The model sees ${labels[best]}, ${percent(Number(probabilities?.[best]))}`
      }, QUIET)
    },
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
