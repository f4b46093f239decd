import type { ColumnFacts, NameCount, TableFacts } from '@ashlar/datasets/look'
import { ConfigError, unknownName } from '@ashlar/errors'

/** What people call the column to predict. */
const USUAL =
  /^(target|targets|label|labels|class|classes|y|outcome|category|categories|species|survived|churn|churned|price|result|genres?|tags?|topics?)$/i
/** What people call columns that say yes or no to a label each: `label_toxic`, `genre: comedy`. */
const USUAL_FIRST = /^(target|label|class|category|genre|tag|topic|emotion)s?[ _.:/-]+\S/i
export const NUMBERING: RegExp = /^(|id|index|row|nr|no|number|unnamed.*|.*[_ -]id|uuid|key)$/i

/** Whole numbers of so few values are classes. */
const MOST_NUMBERED = 10

/** What is to be predicted. */
export type TableTask = 'classification' | 'multi-label' | 'regression'

/** Columns that say yes or no. */
export function yesOrNo({ columns }: TableFacts): string[] {
  return columns.filter(({ answers }) => answers !== undefined).map(({ name }) => name)
}

/** The columns that look as if they are those to predict: one, or several of which each says yes or no. */
export function likelyTargets(facts: TableFacts): string[] {
  const { columns } = facts
  const usual = columns.find(({ name, distinct }) => USUAL.test(name) && distinct > 1)
  if (usual !== undefined) return [usual.name]
  const labels = yesOrNo(facts).filter((name) => USUAL_FIRST.test(name))
  if (labels.length > 1) return labels
  const useful = columns.filter((each) => each.distinct > 1 && !NUMBERING.test(each.name))
  return [(useful.at(-1) ?? columns.at(-1)!).name]
}

/**
 * The columns that somebody names, with commas between where they are several.
 *
 * @returns what is wrong, as a text, where they do not go together.
 */
export function targetsIn(answer: string, facts: TableFacts): readonly string[] | string {
  const names = facts.columns.map(({ name }) => name)
  if (names.includes(answer)) return [answer]
  const several = answer
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  if (several.length === 0 || several.some((each) => !names.includes(each))) {
    return `must be one of ${names.join(', ')}; or several of them that say yes or no, with commas between`
  }
  return problemOf(several, facts) ?? several
}

/** @throws ConfigError for columns that are not there, or that do not go together. */
export function checkTargets(targets: readonly string[], facts: TableFacts): void {
  const names = facts.columns.map(({ name }) => name)
  const stray = targets.find((each) => !names.includes(each))
  if (stray !== undefined) {
    throw new ConfigError(unknownName('ashlar new experiment', 'column', stray, names))
  }
  const problem = problemOf(targets, facts)
  if (problem === undefined) return
  throw new ConfigError({
    where: 'ashlar new experiment',
    expected: `several columns to predict ${problem}`,
    given: targets,
  })
}

/** What is wrong with several columns to predict. */
function problemOf(targets: readonly string[], facts: TableFacts): string | undefined {
  if (targets.length < 2) return undefined
  const twice = targets.find((each, at) => targets.indexOf(each) !== at)
  if (twice !== undefined) return `must be named once each, and ${twice} is there twice`
  const other = targets.find((each) => !yesOrNo(facts).includes(each))
  return other === undefined ? undefined : `must say yes or no, and ${other} does not`
}

/** Whether a column to predict may be either: numbers that stand for classes, or that are counted. */
export function mayBeEither({ kind, isWhole, distinct }: ColumnFacts): boolean {
  return kind === 'number' && isWhole === true && distinct <= MOST_NUMBERED
}

/** What columns to predict look like. */
export function likelyTask(targets: readonly ColumnFacts[]): TableTask {
  const [own] = targets as [ColumnFacts]
  if (targets.length > 1 || own.listed !== undefined) return 'multi-label'
  return own.kind === 'text' || mayBeEither(own) ? 'classification' : 'regression'
}

/** The labels of columns to predict of which several may be right, and how many rows each is right of. */
export function labelsOf(targets: readonly ColumnFacts[]): readonly NameCount[] {
  const [own] = targets as [ColumnFacts]
  if (targets.length === 1 && own.listed !== undefined) return own.listed
  return targets.map(({ name, answers }) => ({ name, count: answers?.yes ?? 0 }))
}
