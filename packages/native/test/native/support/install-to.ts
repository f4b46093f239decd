import { installNative } from '../../../src/install/install.ts'

// Installs into the folder that is given, and says each step.
await installNative({
  home: process.argv[2],
  onProgress: ({ step }) => process.stdout.write(`${step}\n`),
})
