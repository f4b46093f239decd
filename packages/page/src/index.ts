export type { CardSection, ModelCard, PageOptions, SampleImages } from './page-options.ts'
export { PAGE_PATH, servePage } from './serve-page.ts'
