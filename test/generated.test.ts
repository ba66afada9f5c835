import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generatedFiles, staleFiles } from '../scripts/generate/files.ts'

test('openapi.yaml, the tool snapshots and the reference pages say what the definitions say', async () => {
  const files = await generatedFiles()
  assert.ok(files.size > 3, 'tools are missing: the test would pass on nothing')
  assert.deepEqual(staleFiles(files), [], 'run npm run generate, and look at what it changes')
})
