export type { CardSection, ModelCard, PageOptions, SampleImages } from './page-options.ts'
export { PAGE_PATH, servePage, webRuntimeFiles } from './serve-page.ts'
