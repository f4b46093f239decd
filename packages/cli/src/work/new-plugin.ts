import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError, unknownName } from '@ashlar/errors'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { PLUGIN_KEYWORD } from './available.ts'

/** One module and one test for each kind; `sample-plugin`, `SamplePlugin` and `samplePlugin` give way to the name. */
const TEMPLATES = fileURLToPath(new URL('../../templates/plugin/', import.meta.url))

const MANIFEST = fileURLToPath(new URL('../../package.json', import.meta.url))

/** What packages of plugins are called, so that others find them. */
const PREFIX = 'ashlar-plugin-'

/** Which plugin to write. */
export interface NewPluginRequest {
  readonly name: string
  readonly kind: string
  /** By default `ashlar-plugin-<name>` in the working folder. */
  readonly folder: string | undefined
}

/**
 * Writes a package that brings a plugin.
 *
 * @throws ConfigError for a name or kind that cannot be, and for a folder that has something in it.
 */
export async function writePlugin(request: NewPluginRequest, output: Output): Promise<void> {
  const name = request.name.startsWith(PREFIX) ? request.name.slice(PREFIX.length) : request.name
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new ConfigError({
      where: 'ashlar new plugin',
      expected: 'the name must be lower case words joined with dashes',
      given: request.name,
    })
  }
  const kinds = await templateKinds()
  if (!kinds.includes(request.kind)) {
    throw new ConfigError(unknownName('ashlar new plugin', 'kind', request.kind, kinds))
  }
  const folder = resolve(request.folder ?? `${PREFIX}${name}`)
  const isNew = await checkFolder(folder)
  const files = await pluginFiles(name, request.kind)
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFileSafely(join(folder, path), text)
    }
  } catch (error) {
    // Half a package is of no use.
    if (isNew) await rm(folder, { recursive: true, force: true })
    throw error
  }
  output.line(`wrote ${formatPath(folder)}`)
  for (const path of Object.keys(files)) output.line(`  ${path}`)
  output.line()
  output.line('Next:')
  output.line(`  cd ${formatPath(folder)} && npm install && npm test`)
  output.result({ folder, name: `${PREFIX}${name}`, kind: request.kind, files: Object.keys(files) })
}

/** The kinds of plugins that there are templates for. */
async function templateKinds(): Promise<string[]> {
  const files = await readdir(TEMPLATES)
  return files.flatMap((file) => /^([a-z]+)\.ts$/.exec(file)?.[1] ?? []).sort()
}

/** Whether the folder is still to be made. */
async function checkFolder(folder: string): Promise<boolean> {
  try {
    if ((await readdir(folder)).length === 0) return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
  throw new ConfigError({
    where: 'ashlar new plugin',
    expected: 'the folder must be new or empty',
    given: formatPath(folder),
    hint: 'Choose another with --out DIR.',
  })
}

/** The files of the package: path to text. */
async function pluginFiles(name: string, kind: string): Promise<Record<string, string>> {
  const template = (file: string) => readFile(join(TEMPLATES, file), 'utf8')
  const source = await template(`${kind}.ts`)
  const test = await template(`${kind}-test.ts`)
  return {
    'package.json': json(await manifest(name, kind, source)),
    'tsconfig.json': json(TSCONFIG),
    '.gitignore': 'node_modules/\ndist/\n',
    'README.md': readme(name, kind),
    'src/index.ts': named(source, name),
    'test/plugin.test.ts': named(test.replace(`./${kind}.ts`, '../src/index.ts'), name),
  }
}

function named(text: string, name: string): string {
  const pascal = name.replace(/(^|-)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase())
  const camel = pascal[0]!.toLowerCase() + pascal.slice(1)
  return text
    .replaceAll('SamplePlugin', pascal)
    .replaceAll('samplePlugin', camel)
    .replaceAll('sample-plugin', name)
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    skipLibCheck: true,
    types: ['node'],
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
}

/** Versions are those that this package was made and tested with. */
async function manifest(name: string, kind: string, source: string): Promise<object> {
  const own = JSON.parse(await readFile(MANIFEST, 'utf8')) as { version: string }
  const peers = ['@ashlar/core', '@ashlar/datasets', '@ashlar/sweep'].filter((each) =>
    source.includes(`'${each}'`),
  )
  const usesTensors = source.includes("'@tensorflow/tfjs'")
  return {
    name: `${PREFIX}${name}`,
    version: '0.1.0',
    description: sentence(kind),
    keywords: [PLUGIN_KEYWORD],
    license: 'Apache-2.0',
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist'],
    scripts: {
      build: 'tsc',
      test: 'node --import tsx --test test/plugin.test.ts',
      prepack: 'tsc',
    },
    dependencies: { zod: '^4.0.0' },
    peerDependencies: {
      ...Object.fromEntries(peers.map((each) => [each, `^${own.version}`])),
      ...(usesTensors && { '@tensorflow/tfjs': '^4.22.0' }),
    },
    devDependencies: { '@types/node': '^20.19.0', tsx: '^4.19.0', typescript: '^5.9.0' },
  }
}

function readme(name: string, kind: string): string {
  return `# ${PREFIX}${name}

${sentence(kind)}

\`\`\`sh
npm install ${PREFIX}${name}
\`\`\`

An experiment that names the package may use \`${name}\`:

\`\`\`yaml
# experiment.yaml
plugins: [${PREFIX}${name}]
${USES[kind]!(name)}
\`\`\`

\`\`\`sh
npx ashlar ${COMMANDS[kind]?.(name) ?? 'run experiment.yaml'}
\`\`\`

## Development

\`\`\`sh
npm install
npm test          # the contract that every ${kind} keeps, from ${isOfSweep(kind) ? '@ashlar/sweep/testing' : '@ashlar/core/testing'}
npm run build
\`\`\`
`
}

function isOfSweep(kind: string): boolean {
  return COMMANDS[kind] !== undefined
}

/** What the package is, by the kind of its plugin. */
function sentence(kind: string): string {
  const article = /^[aeiou]/.test(kind) ? 'An' : 'A'
  return `${article} ${kind} for Ashlar, the experiment framework of the package @ashlar/cli.`
}

/** Experiments that use a plugin of a kind. */
const USES: Readonly<Record<string, (name: string) => string>> = {
  block: (name) => `defaults: [mnist-mini-resnet]
model: { name: mini-resnet, block: ${name} }`,
  augmentation: (name) => `defaults: [mnist-mini-resnet]
augmentations: [${name}]`,
  engine: (name) => `defaults: [mnist-mini-resnet]
engine: ${name}`,
  loss: (name) => `model: mlp
dataset:
  name: arrays
  task: regression
  inputs: [[0], [1], [2], [3], [4], [5], [6], [7], [8], [9]]
  labels: [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
loss: ${name}
epochs: 5`,
  metric: (name) => `model: mlp
dataset:
  name: arrays
  task: regression
  inputs: [[0], [1], [2], [3], [4], [5], [6], [7], [8], [9]]
  labels: [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
metrics: [${name}]
epochs: 5`,
  model: (name) => `defaults: [mnist-mini-resnet]
model: ${name}`,
  optimizer: (name) => `defaults: [mnist-mini-resnet]
optimizer: ${name}`,
  schedule: (name) => `defaults: [mnist-mini-resnet]
optimizer: { name: adam, learningRate: { name: ${name} } }`,
  callback: (name) => `defaults: [mnist-mini-resnet]
callbacks: { ${name}: {} }`,
  dataset: (name) => `model: { name: mlp, numClasses: 2, output: probabilities }
dataset: ${name}
epochs: 5`,
  exporter: (name) => `defaults: [mnist-mini-resnet]
export: ${name}`,
  suggester: () => 'defaults: [mnist-mini-resnet]',
  scheduler: () => 'defaults: [mnist-mini-resnet]',
  launcher: () => 'defaults: [mnist-mini-resnet]',
}

/** Commands for plugins that no experiment names. */
const COMMANDS: Readonly<Record<string, (name: string) => string>> = {
  suggester: (name) =>
    `sweep experiment.yaml seed=0..9 --trials 5 --metric loss --suggester ${name}`,
  scheduler: (name) => `sweep experiment.yaml seed=0..9 --metric loss --scheduler ${name}`,
  launcher: (name) => `sweep experiment.yaml seed=0..9 --metric loss --launcher ${name}`,
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
