export { inParallel, runChild, startChild } from './children.ts'
export { refusal } from './refusal.ts'
export { inScratch } from './scratch.ts'
