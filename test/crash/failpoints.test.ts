import { killTest } from './kills.ts'

killTest(
  'fifty kills at random failpoints and writes lose nothing, write nothing twice and report nothing falsely',
  50,
  ['failpoint', 'write'],
)
