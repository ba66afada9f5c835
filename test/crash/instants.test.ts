import { killTest } from './kills.ts'

killTest('fifty kills at random instants lose nothing, write nothing twice and report nothing falsely', 50, ['instant'])
