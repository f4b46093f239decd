import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sampled } from '@ashlar/test-support'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('from an own folder of pictures to a served model')

const CLASSES = ['a disc', 'square']

/** Discs and squares of many sizes and colours, in pictures of many proportions. */
async function writePictures(folder: string, count: number): Promise<string[]> {
  let state = 7
  const between = (low: number, high: number) => {
    // The minimal standard generator of Park and Miller.
    state = (state * 48_271) % 2_147_483_647
    return Math.floor(low + ((high - low) * state) / 2_147_483_647)
  }
  for (const name of CLASSES) await mkdir(join(folder, name), { recursive: true })
  const files: string[] = []
  for (let i = 0; i < count; i++) {
    const [width, height, size] = [between(40, 100), between(40, 100), between(16, 32)]
    const ink = `fill="rgb(${between(0, 120)}, ${between(0, 120)}, ${between(0, 120)})"`
    const [x, y] = [width / 2, height / 2]
    const shape = [
      `<circle cx="${x}" cy="${y}" r="${size / 2}" ${ink}/>`,
      `<rect x="${x - size / 2}" y="${y - size / 2}" width="${size}" height="${size}" ${ink}/>`,
    ][i % 2]
    const file = join(folder, CLASSES[i % 2]!, `${i}.png`)
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#ddd"/>${shape}</svg>`
    await sharp(Buffer.from(svg)).png().toFile(file)
    files.push(file)
  }
  return files
}

// A minute.
const some = sampled(3, test)

some(
  'takes three commands without a key looked up, and a fourth is answered with the names of the classes',
  () =>
    inScratch({}, async (folder) => {
      const files = await writePictures(join(folder, 'pictures'), 200)
      const done = async (...args: string[]) => {
        const { code, out, err } = await start(args, { cwd: folder }).ended
        assert.is(code, 0, `${args.join(' ')}\n${err}`)
        return out
      }
      const wrote = await done('new', 'experiment', 'pictures', '--yes')
      assert.match(wrote, /200 in 2 classes/)
      // Each command is the one that the last has named.
      assert.match(wrote, 'ashlar run pictures.yaml')
      const trained = await done('run', 'pictures.yaml')
      assert.match(trained, /\n {2}\S.* serve \S*runs\//)
      const server = start(['serve', 'runs/latest', '--port', '0'], { cwd: folder })
      try {
        const [, url] = await server.seen(/serving +(http:\S+)/)
        const asked = files.filter((_, at) => at % 5 === 0)
        const answer = await done('client', ...asked, '--url', url!, '--json')
        const { answers } = JSON.parse(answer) as {
          answers: { file: string; classes: { label: string }[] }[]
        }
        assert.is(answers.length, asked.length)
        for (const { classes } of answers) {
          assert.equal(classes.map(({ label }) => label).sort(), CLASSES)
        }
        const right = answers.filter(({ file, classes }) => file.includes(`/${classes[0]!.label}/`))
        assert.ok(right.length >= 0.9 * asked.length, `${right.length} of ${asked.length}`)
      } finally {
        server.child.kill('SIGTERM')
        await server.ended
      }
    }),
)

test.run()
