import * as assert from 'uvu/assert'
import type { Changes } from '../../src/server/watch.ts'
import { ask } from './runs.ts'

/** The events of a page until one fulfils a condition. */
export async function until(
  ui: Parameters<typeof ask>[0],
  holds: (changes: Changes) => boolean,
  then?: () => Promise<void>,
): Promise<Changes> {
  const controller = new AbortController()
  const response = await ask(ui, '/api/events', { signal: controller.signal })
  assert.is(response.headers.get('content-type'), 'text/event-stream')
  let text = ''
  let isFirst = true
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      if (!event.startsWith('data: ')) continue
      const changes = JSON.parse(event.slice(6)) as Changes
      if (isFirst) await then?.()
      isFirst = false
      if (!holds(changes)) continue
      controller.abort()
      return changes
    }
  }
  throw new Error('the stream ended')
}
