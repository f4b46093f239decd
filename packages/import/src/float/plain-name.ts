/** What quantizers put behind the names of what they round. */
const ENDING = /_(quantized|q)$/

/** The name that something had before it was quantized. */
export function plainName(name: string): string {
  return name.replace(ENDING, '') || name
}
