import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import { portableTarget } from '../../src/lower/target.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { closeTo } from '../support/close-to.ts'
import { runCaptured } from '../support/kernel-example.ts'
import {
  type Cell,
  gated,
  inputsFor,
  product,
  program,
  type Shapes,
  UNITS,
} from '../support/scan-cells.ts'

await tf.setBackend('cpu')
const test = suite('turned loops of drawn cells')

/** A sum of products and biases, each of all gates or stretched to them, put together in any order. */
function drawnCell(seed: number): { readonly cell: Cell; readonly weights: Shapes } {
  const random = seedrandom(`cell ${seed}`)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const gates = 2 * UNITS
  const drawn = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
    const width = pick([1, gates])
    return pick([
      { kind: 'x', shape: [5, width] },
      { kind: 'h', shape: [UNITS, width] },
      { kind: 'bias', shape: pick([[], [1], [gates], [1, 1], [1, gates], [16, 1], [16, gates]]) },
    ])
  })
  const terms = [
    { kind: 'h', shape: [UNITS, gates] },
    { kind: 'x', shape: [5, pick([1, gates])] },
    ...drawn,
  ]
  const order = terms.slice(1).map(() => [random(), random()] as const)
  const cell: Cell = (h, x, of) => {
    const parts = terms.map(({ kind }, index) => {
      const weights = of[`w${index}`]!
      return kind === 'bias' ? weights : product(kind === 'x' ? x : h, weights)
    })
    for (const [left, right] of order) {
      const [a] = parts.splice(Math.floor(left * parts.length), 1)
      const [b] = parts.splice(Math.floor(right * parts.length), 1)
      parts.push(tf.add(a!, b!))
    }
    return gated(parts[0]!)
  }
  return { cell, weights: Object.fromEntries(terms.map(({ shape }, at) => [`w${at}`, shape])) }
}

for (const seed of Array(24).keys()) {
  test(`a cell of terms and biases that seed ${seed} draws is what it is in the portable forms`, async () => {
    const { cell, weights } = drawnCell(seed)
    const inputs = inputsFor(weights)
    const portable = await runCaptured(program(cell), inputs, portableTarget())
    const turned = await runCaptured(program(cell), inputs, await cpuTarget())
    for (const [name, numbers] of Object.entries(portable.results)) {
      closeTo(turned.results[name]!, numbers, 1e-4)
    }
  })
}

test.run()
