import { type ComponentChild, h } from 'preact'
import type { Value } from '../data/answers.ts'
import { csvOf } from '../data/csv.ts'

/** Saves what is shown as a file of CSV, in the browser alone. */
export function CsvButton({
  name,
  rows,
}: {
  /** Of the file, without its ending. */
  name: string
  rows(): readonly (readonly Value[])[]
}): ComponentChild {
  const save = () => {
    // Spreadsheets know by the mark at the beginning that letters are UTF-8.
    const file = new Blob(['\uFEFF', csvOf(rows())], { type: 'text/csv;charset=utf-8' })
    const address = URL.createObjectURL(file)
    const link = document.createElement('a')
    link.href = address
    link.download = `${name}.csv`
    link.click()
    // Once the browser has begun to read it.
    setTimeout(() => URL.revokeObjectURL(address), 60_000)
  }
  return h('button', { type: 'button', onClick: save }, 'Save as CSV')
}
