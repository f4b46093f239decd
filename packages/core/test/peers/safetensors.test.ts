import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/index.ts'

/** A Python that has the packages `safetensors` and `numpy`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const found = spawnSync(
  python,
  ['-c', 'import numpy, safetensors; print(safetensors.__version__)'],
  {
    encoding: 'utf8',
  },
)

const test = suite<{ folder: string }>('safetensors of PyPI')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'ashlar-safetensors-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, ...args], {
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  return stdout
}

const tensors = new Map<string, StoredTensor>([
  [
    'block1.conv1.kernel',
    { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6.5) },
  ],
  ['steps', { dtype: 'I32', shape: [], data: Int32Array.of(-3) }],
  ['none', { dtype: 'F32', shape: [0], data: new Float32Array() }],
  ['bytes', { dtype: 'U8', shape: [2], data: Uint8Array.of(0, 255) }],
])

const cases = {
  'reads what Ashlar writes': ({ folder }: { folder: string }) => {
    const path = join(folder, 'ours.safetensors')
    writeFileSync(path, encodeSafetensors({ tensors, metadata: { format: 'ashlar' } }))
    const read = JSON.parse(
      run(
        `import json, sys
from safetensors import safe_open
with safe_open(sys.argv[1], 'np') as f:
    print(json.dumps({'metadata': f.metadata(), 'tensors': {
        k: [str(f.get_tensor(k).dtype), list(f.get_tensor(k).shape), f.get_tensor(k).ravel().tolist()]
        for k in f.keys()}}))`,
        path,
      ),
    )
    assert.equal(read, {
      metadata: { format: 'ashlar' },
      tensors: {
        'block1.conv1.kernel': ['float32', [2, 3], [1, 2, 3, 4, 5, 6.5]],
        steps: ['int32', [], [-3]],
        none: ['float32', [0], []],
        bytes: ['uint8', [2], [0, 255]],
      },
    })
  },
  'writes what Ashlar reads': ({ folder }: { folder: string }) => {
    const path = join(folder, 'theirs.safetensors')
    run(
      `import sys, numpy as np
from safetensors.numpy import save_file
save_file({
  'block1.conv1.kernel': np.array([[1, 2, 3], [4, 5, 6.5]], 'float32'),
  'steps': np.array(-3, 'int32'),
  'none': np.zeros([0], 'float32'),
  'bytes': np.array([0, 255], 'uint8'),
}, sys.argv[1], {'format': 'np'})`,
      path,
    )
    const read = decodeSafetensors(readFileSync(path), path)
    assert.equal(Object.fromEntries(read.tensors), Object.fromEntries(tensors))
    assert.equal(read.metadata, { format: 'np' })
  },
}

if (found.status === 0) {
  for (const [name, body] of Object.entries(cases)) test(name, body)
} else {
  process.stdout.write('skipped: no Python with safetensors and numpy (set ASHLAR_PYTHON)\n')
  for (const name of Object.keys(cases)) test.skip(name)
}

test.run()
