export { allClose, type Tolerance } from './all-close.ts'
export { withoutLeaks } from './without-leaks.ts'
