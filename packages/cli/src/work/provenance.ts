import { type Model, provenanceOf, type TakenWeight } from '@ashlar/core'
import { formatCount } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { formatTable } from '../terminal/table.ts'

/** Says how a model came about: what is to be known of the file that it was read of, and which weights of another program it took. */
export function describeProvenance(model: Model, output: Output): void {
  const { notes, taken } = provenanceOf(model)
  for (const note of notes) output.line(`note      ${note}`)
  if (taken !== undefined) for (const line of takenTable(taken)) output.line(line)
}

/** The same for `--json`. */
export function provenanceAsJson(model: Model): object {
  const { notes, taken } = provenanceOf(model)
  return { ...(notes.length > 0 && { notes }), ...(taken && { weightsTaken: taken }) }
}

/** A line for each layer, with the part of the file that it came from, and one for each weight that was not taken. */
function takenTable(taken: readonly TakenWeight[]): string[] {
  const layers = new Map<string, { readonly from: string; readonly weights: string[] }>()
  const others: string[] = []
  for (const { name, from, note } of taken) {
    if (from === undefined) {
      others.push(`          ${name}: ${note}`)
      continue
    }
    const [layer, own] = parted(name)
    const found = layers.get(layer)
    if (found === undefined) layers.set(layer, { from: parted(from)[0], weights: [own] })
    else found.weights.push(own)
  }
  const count = taken.filter(({ from }) => from !== undefined).length
  const rows = [...layers].map(([layer, { from, weights }]) => [layer, from, weights.join(', ')])
  return [
    `weights   ${formatCount(count)} of ${formatCount(taken.length)} are those of the file:`,
    ...formatTable(['layer', 'in the file', 'weights'], rows).map((line) => `          ${line}`),
    ...(others.length > 0 ? ['          not of the file:', ...others] : []),
  ]
}

/** A name without its last part, and that part. */
function parted(name: string): [string, string] {
  const dot = name.lastIndexOf('.')
  return [name.slice(0, dot), name.slice(dot + 1)]
}
