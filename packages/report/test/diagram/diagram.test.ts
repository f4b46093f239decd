import { MiniResNet } from '@ashlar/blocks'
import { type LayerGraph, layerGraph, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { parseHTML } from 'linkedom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { boxesOf } from '../../src/diagram/boxes.ts'
import { modelDiagram } from '../../src/diagram/diagram.ts'
import { layOut } from '../../src/diagram/layout.ts'
import { standalone } from '../../src/index.ts'

const test = suite('diagram')

const residual = (): LayerGraph => layerGraph(new MiniResNet(10), [null, 28, 28, 1])!

const notes = {
  share: (path: string) => (path.endsWith('conv1') ? 0.5 : undefined),
  details: (path: string) => `all about ${path}`,
}

test('what follows without a branch is one box; a residual connection goes around one', () => {
  const { boxes, edges } = boxesOf(residual())
  assert.equal(
    boxes.map(({ rows, group }) => [rows.map(({ name }) => name.split('.').at(-1)), group]),
    [
      [['input', 'conv', 'norm', 'activation', 'pool'], undefined],
      [['conv1', 'norm1', 'activation', 'conv2', 'norm2'], 0],
      [['add', 'activation'], 0],
      [['conv1', 'norm1', 'activation', 'conv2', 'norm2'], 1],
      [['add', 'activation'], 1],
      [['globalPool', 'classifier', 'output'], undefined],
    ],
  )
  assert.equal(edges.map(({ from, to }) => `${from}${to}`).sort(), [
    '01',
    '02',
    '12',
    '23',
    '24',
    '34',
    '45',
  ])
})

test('boxes do not overlap, and lie within their frame', () => {
  const boxes = boxesOf(residual())
  const layout = layOut(boxes, ({ rows }) => ({ width: 200, height: 20 * rows.length }))
  for (const [i, a] of layout.boxes.entries()) {
    for (const b of layout.boxes.slice(i + 1)) {
      const beside = a.x + a.width <= b.x || b.x + b.width <= a.x
      const below = a.y + a.height <= b.y || b.y + b.height <= a.y
      assert.ok(beside || below, `${JSON.stringify(a)} over ${JSON.stringify(b)}`)
    }
    const { group } = boxes.boxes[i]!
    if (group === undefined) continue
    const frame = layout.groups[group]!
    assert.ok(frame.x <= a.x && a.x + a.width <= frame.x + frame.width)
    assert.ok(frame.y <= a.y && a.y + a.height <= frame.y + frame.height)
  }
  assert.ok(layout.boxes.every(({ x, width }) => x >= 0 && x + width <= layout.width))
  assert.ok(layout.edges.every((points) => points.length >= 2))
})

test('names every layer once as an address, leads to the table, and is shaded by time', () => {
  const { svg } = modelDiagram(residual(), notes)
  const { document } = parseHTML(svg)
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  assert.is(new Set(ids).size, ids.length)
  assert.ok(ids.includes('step-blocks.0.conv1'))
  const links = [...document.querySelectorAll('a')]
  // The activation of a block is called twice.
  assert.is(links.filter((a) => a.getAttribute('href') === '#layer-blocks.0.activation').length, 2)
  const [conv1] = links.filter((a) => a.id === 'step-blocks.0.conv1')
  assert.is(conv1!.querySelector('title')!.textContent, 'all about blocks.0.conv1')
  assert.is(conv1!.querySelectorAll('rect').length, 1)
  assert.is(links.find((a) => a.id === 'step-conv')!.querySelectorAll('rect').length, 0)
  assert.match(svg, />blocks\.0<\/tspan> IdentityBlock</)
  assert.match(svg, '>9×9×64</text>')
  assert.match(standalone(modelDiagram(residual(), notes)), /^<svg color="#1b1f24" /)
})

test('words are escaped, and operations without a layer are there too', () => {
  class Odd extends Model {
    layer = { '<b>"': layers.dense({ units: 3 }) }
    override call(x: Tensor): Tensor {
      return this.layer['<b>"'].apply(x).add(x)
    }
  }
  const { svg } = modelDiagram(layerGraph(new Odd(), [null, 3])!, notes)
  assert.not.match(svg, '<b>')
  assert.match(svg, '>layer.&lt;b&gt;&quot;</tspan> ')
  assert.match(svg, '>Add</tspan> ')
})

test.run()
