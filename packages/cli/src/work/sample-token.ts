import { ConfigError } from '@ashlar/errors'

/** How a token is chosen of those that may follow. */
export interface SamplingOptions {
  /** Below 1 the likely ones become likelier; 0 takes the likeliest. */
  readonly temperature: number
  /** Of the likeliest, so many as have this share of the probability together (Holtzman et al. 2019); 1 takes all. */
  readonly topP: number
}

/** @throws ConfigError for what is none. */
export function checkSampling({ temperature, topP }: SamplingOptions): void {
  const isSound = temperature >= 0 && Number.isFinite(temperature) && topP > 0 && topP <= 1
  if (isSound) return
  throw new ConfigError({
    where: 'ashlar generate',
    expected: '--temperature must be a number from 0 on, and --top-p above 0 and at most 1',
    given: { temperature, topP },
  })
}

/**
 * The place of the token that is chosen.
 *
 * @param logits of all tokens.
 * @param draw between 0 (included) and 1 (not included).
 */
export function sampleToken(
  logits: ArrayLike<number>,
  { temperature, topP }: SamplingOptions,
  draw: number,
): number {
  const order = Array.from(logits, (_, at) => at).sort((a, b) => logits[b]! - logits[a]! || a - b)
  const best = order[0]!
  if (temperature === 0) return best
  const powers = order.map((at) => Math.exp((logits[at]! - logits[best]!) / temperature))
  const all = powers.reduce((sum, each) => sum + each, 0)
  let kept = 0
  let share = 0
  while (kept < powers.length && share < topP * all) share += powers[kept++]!
  let rest = draw * share
  for (let at = 0; at < kept; at++) {
    rest -= powers[at]!
    if (rest < 0) return order[at]!
  }
  return order[kept - 1]!
}
