await import('./src/index.ts')
