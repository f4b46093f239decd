/**
 * Measures every subject once per round, so that what changes on the machine meanwhile meets all of them. Each round starts with
 * another one.
 *
 * @returns one list per subject, a number per round.
 */
export async function interleave<T>(
  subjects: readonly T[],
  rounds: number,
  measure: (subject: T, round: number) => Promise<number>,
): Promise<number[][]> {
  const results = subjects.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const index = (round + turn) % subjects.length
      results[index]![round] = await measure(subjects[index]!, round)
    }
  }
  return results
}
