// What every form of the page is made of.

/**
 * A row of a form: what is filled in, with its name and a place for what is wrong with it.
 *
 * @param {HTMLElement} parent
 * @param {HTMLInputElement | HTMLSelectElement} input
 * @param {{ id: string, label: string }} called
 * @returns {(problem: string) => void} tells a problem, or with an empty text that there is none
 */
export function addField(parent, input, { id, label: text }) {
  const label = document.createElement('label')
  label.htmlFor = id
  label.textContent = text
  const problem = document.createElement('p')
  problem.id = `${id}-problem`
  problem.className = 'field-problem'
  input.id = id
  input.setAttribute('aria-describedby', problem.id)
  const row = document.createElement('div')
  row.className = 'field'
  row.append(label, input, problem)
  parent.append(row)
  return (problemText) => {
    problem.textContent = problemText
    input.setAttribute('aria-invalid', String(problemText !== ''))
  }
}

/**
 * Sends what a form holds: whatever is changed, and when somebody asks for it.
 *
 * @param {HTMLFormElement} form
 * @param {(isAsked: boolean) => void} send `isAsked` where problems are told: not while somebody is still filling the form in
 */
export function sendForm(form, send) {
  form.addEventListener('input', () => send(false))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    send(true)
  })
}
