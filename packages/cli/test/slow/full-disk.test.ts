import { spawnSync } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TINY } from '../support/ashlar.ts'
import { commandLine, type Ended, start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('a full disk')

/** A file system of its own needs a user namespace, which some machines do not give. */
const mayMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
const onSmallDisk = mayMount ? test : test.skip

/** Runs a training with `disk` in the working folder a small disk; gives what is on the disk afterwards, too. */
async function trainOnSmallDisk(
  folder: string,
  { before, size }: { before: string; size: string },
): Promise<Ended & { readonly files: readonly string[] }> {
  await mkdir(join(folder, 'disk'))
  const script = `mount -t tmpfs -o size=${size} none disk || exit 99
${before}; "$@"; code=$?; (cd disk && find . -not -type d | sort) > listing; exit $code`
  const args = ['train', TINY, 'model.units=4000', '--out', 'disk']
  const command = [process.execPath, ...commandLine(args)]
  const { ended } = start(['-Urm', 'sh', '-c', script, 'sh', ...command], {
    file: 'unshare',
    cwd: folder,
  })
  const result = await ended
  const listing = await readFile(join(folder, 'listing'), 'utf8')
  return { ...result, files: listing.split('\n').filter(Boolean) }
}

onSmallDisk('in training: which file, why, and nothing half-written', () =>
  inScratch({}, async (folder) => {
    const { code, err, files } = await trainOnSmallDisk(folder, { before: ':', size: '32k' })
    assert.is(code, 1, err)
    assert.match(
      err,
      /^\/.*-tiny\/checkpoints\/step-00000006-[0-9a-f]{12}\.safetensors: the file must be writable, got "ENOSPC: no space left on device, write"\n$/,
    )
    assert.equal(
      files
        .map((file) => file.replace(/^.*-tiny/, 'run'))
        // A work tree that is not clean leaves its diff.
        .filter((file) => file !== 'run/source.diff'),
      [
        'run/config.yaml',
        'run/facts.json',
        'run/metrics.jsonl',
        'run/samples.json',
        'run/summary.json',
        './latest',
      ],
    )
  }),
)

onSmallDisk('before training: no run is left', () =>
  inScratch({}, async (folder) => {
    const before = 'head -c 8192 /dev/zero > disk/filler'
    const { code, err, files } = await trainOnSmallDisk(folder, { before, size: '8k' })
    assert.is(code, 1, err)
    assert.match(
      err,
      /^\/.*-tiny\/process\.json: the file must be writable, got "ENOSPC: no space left on device, write"\n$/,
    )
    assert.equal(files, ['./filler'])
  }),
)

onSmallDisk(
  'in a sweep: it ends with an error, and goes on to the same table when there is room',
  () =>
    inScratch({}, async (folder) => {
      await mkdir(join(folder, 'disk'))
      const args = ['optimizer.learningRate=1e-3,1e-1', 'model.units=4000', '--metric', 'loss']
      const sweep = (...more: string[]) =>
        [process.execPath, ...commandLine(['sweep', '--json', ...more])]
          .map((each) => `'${each}'`)
          .join(' ')
      const script = `mount -t tmpfs -o size=96k none disk || exit 99
${sweep(TINY, ...args, '--out', 'disk')} > full.txt 2>&1; echo $? > full.code
find disk -name '*.tmp' > half.txt
mount -o remount,size=64m disk
${sweep('--resume')} disk/*-sweep > resumed.json || { cat resumed.json >&2; exit 98; }
${sweep(TINY, ...args, '--out', 'elsewhere')} > whole.json`
      const { ended } = start(['-Urm', 'sh', '-c', script], { file: 'unshare', cwd: folder })
      const { code, err } = await ended
      assert.is(code, 0, err)
      const told = (name: string) => readFile(join(folder, name), 'utf8')
      assert.is((await told('full.code')).trim(), '1', err)
      assert.match(await told('full.txt'), /ENOSPC: no space left on device/)
      assert.is(await told('half.txt'), '')
      assert.match(await told('full.txt'), /ashlar sweep --resume/)
      assert.equal(JSON.parse(await told('resumed.json')), JSON.parse(await told('whole.json')))
    }),
)

test.run()
