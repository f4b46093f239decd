import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Scheduler } from './scheduler.ts'

/** Every trial has all its epochs. */
export function fullScheduler(): Scheduler {
  return { name: 'full', first: (epochs) => epochs, next: () => undefined }
}

/** `full` as a plugin. */
export const fullPlugin: Plugin<'scheduler'> = definePlugin({
  kind: 'scheduler',
  name: 'full',
  description: 'Every trial has all its epochs.',
  options: z.strictObject({}),
  create: () => fullScheduler(),
})
