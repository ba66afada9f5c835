#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// From the sources, stripped and compiled code is kept between starts: the second start is twice as fast. What is compiled already starts
// in time without, and what is read of the cache would stay in memory for good (9 MB).
if (import.meta.filename.endsWith('.ts')) enableCompileCache()
await import('./packed.ts')
const { main } = await import('./main.ts')
await main(process.argv.slice(2))
