import { enableCompileCache } from 'node:module'

// `npm start`, from the sources: plain JavaScript, so that the cache is there before the first file of TypeScript is read. With nothing
// left to strip the stripper is not loaded, which is 16 MB and a tenth of a second.
enableCompileCache()
await import('./server.ts')
