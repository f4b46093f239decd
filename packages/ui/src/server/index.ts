export type { UiOptions } from './options.ts'
export { startUi, type Ui } from './server.ts'
