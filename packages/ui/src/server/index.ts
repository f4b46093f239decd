export { MOST_COMPARED } from './api.ts'
export type { UiOptions } from './options.ts'
export { startUi, type Ui } from './server.ts'
