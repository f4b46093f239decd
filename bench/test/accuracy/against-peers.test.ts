import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seriesOf, worseThanPeers } from '../../src/accuracy/against-peers.ts'
import { OURS } from '../../src/train/engines.ts'
import { workOf } from '../../src/train/work.ts'
import { declarationOf, declarations } from '../../src/train/works/index.ts'

const peers = suite('against peers')

const work = workOf({ ...declarations[0]!, name: 'w' })

/** Engines whose losses end at some numbers, one for each seed; accuracy falls as the loss grows. */
const learnt = (ends: Readonly<Record<string, readonly number[]>>) =>
  seriesOf(
    work,
    new Map(
      Object.entries(ends).map(([engine, losses]) => [
        engine,
        losses.map((loss) => ({
          parameters: 1,
          losses: [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, loss, loss],
          test: { loss, accuracy: 1 - loss },
        })),
      ]),
    ),
  )

peers('figures are of the last tenth of the steps, and of the test', () => {
  const series = learnt({ [OURS]: [0.5, 0.3] })
  assert.equal(
    series.map(({ work, metric, values }) => [work, metric, values]),
    [
      ['w training', 'loss of the last tenth', [0.5, 0.3]],
      ['w training', 'test loss', [0.5, 0.3]],
      ['w training', 'test accuracy', [50, 70]],
    ],
  )
})

peers('of language models perplexity as well: what the loss of a token comes to', () => {
  const language = workOf(declarationOf('text-gpt'))
  const learnt = { parameters: 1, losses: [2, 1], test: { loss: Math.log(1.5), accuracy: 0.5 } }
  const series = seriesOf(language, new Map([[OURS, [learnt, learnt]]]))
  const found = series.find(({ metric }) => metric === 'test perplexity')!
  assert.ok(found.values.every((value) => Math.abs(value - 1.5) < 1e-12))
})

peers('what differs as much as the seeds do is noise, and what is better is right', () => {
  assert.equal(worseThanPeers(learnt({ [OURS]: [0.5, 0.3, 0.4], peer: [0.3, 0.5, 0.35] })), [])
  assert.equal(worseThanPeers(learnt({ [OURS]: [0.1, 0.11], peer: [0.5, 0.51] })), [])
  assert.equal(worseThanPeers(learnt({ [OURS]: [0.501, 0.401], peer: [0.5, 0.4] })), [], '2 %')
})

peers('what is worse with every seed is said', () => {
  const said = worseThanPeers(learnt({ [OURS]: [0.6, 0.5, 0.55], peer: [0.5, 0.39, 0.45] }))
  assert.is(said.length, 3)
  assert.is(
    said[0],
    'w training: loss of the last tenth is 0.5500, of peer 0.4467: more than noise',
  )
  assert.match(said[2]!, /test accuracy is 45\.0000, of peer 55\.3333/)
})

peers.run()
