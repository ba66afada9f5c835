import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'

// `npm run build:data` packs typebox: file by file, its 680 files cost 9 MB and a tenth of a second at each start. Who imports it is given
// what was packed; where nothing was, the package itself. No other package gains by it.
const FOLDER = new URL('../built/packages/', import.meta.url)
const packed = new Map([
  ['typebox', new URL('typebox.js', FOLDER)],
  ['typebox/compile', new URL('typebox-compile.js', FOLDER)],
])

if (existsSync(FOLDER))
  registerHooks({
    resolve(specifier, context, next) {
      const file = packed.get(specifier)
      return file === undefined ? next(specifier, context) : { url: file.href, format: 'module', shortCircuit: true }
    },
  })
