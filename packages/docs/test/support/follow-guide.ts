import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isTried } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { readGuide } from '../../src/guide.ts'
import { runGuide } from '../../src/run-guide.ts'

const FOLDER = fileURLToPath(new URL('../../../../docs/guides/', import.meta.url))

/** The files of all guides. */
export function guideNames(): readonly string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.md'))
}

/** A guide in Markdown. */
export function guideText(name: string): string {
  return readFileSync(`${FOLDER}${name}`, 'utf8')
}

/** A test that does what a guide says; in a sample of the tests, where the guide is one of those that are followed. */
export function guideTest(
  test: (name: string, run: () => Promise<void>) => unknown,
  name: string,
): void {
  const names = guideNames()
  if (!isTried(4, { family: 'guides', at: names.indexOf(name), count: names.length })) return
  test('does what it says', () => followGuide(name))
}

/** Does what a guide says, step by step, and asserts that every step ran. */
async function followGuide(name: string): Promise<void> {
  const text = guideText(name)
  const outputs = await runGuide(name, text)
  const steps = readGuide(text).filter(({ kind }) => kind !== 'file')
  assert.ok(steps.length > 0, 'nothing in it is run')
  assert.ok(outputs.length >= steps.length)
}
