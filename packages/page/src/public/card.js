/**
 * @typedef {{ task: 'classification' | 'multi-label', classes: string[], gives: 'logits' | 'probabilities' } | { task: 'regression', targets: string[] }} Meaning
 * @typedef {{ title: string, rows: [label: string, value: string][] }} Section
 * @typedef {{ model: string, title: string, description?: string, sections: Section[], labels?: string[], gives?: 'logits' | 'probabilities', multiLabel?: true, targets?: string[],
 *   inputs?: Record<string, import('./encoding.js').ImageEncoding | import('./encoding.js').TableEncoding>, outputs?: Record<string, Meaning>,
 *   converts?: { mostBytes: number, endings: string[] },
 *   input?: import('./encoding.js').ImageEncoding | import('./encoding.js').TableEncoding }} Card
 */

/**
 * Shows what is known of the model. Everything is set as text: whatever a file says of itself stays text.
 *
 * @param {Card} card
 */
export function showCard({ title, description, sections }) {
  document.title = title
  set('#title', title)
  set('#description', description ?? '')
  const container = /** @type {HTMLElement} */ (document.querySelector('#card-sections'))
  for (const section of sections) {
    const part = document.createElement('section')
    const heading = document.createElement('h3')
    heading.textContent = section.title
    const list = document.createElement('dl')
    for (const [label, value] of section.rows) {
      const term = document.createElement('dt')
      term.textContent = label
      const detail = document.createElement('dd')
      detail.textContent = value
      list.append(term, detail)
    }
    part.append(heading, list)
    container.append(part)
  }
}

/**
 * @param {string} selector
 * @param {string} text
 */
function set(selector, text) {
  const element = document.querySelector(selector)
  if (element !== null) element.textContent = text
}
