import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Own pages of a test, by path. */
export const OWN: Readonly<Record<string, string>> = {
  'troubleshooting/burnt-toast.md': [
    '---',
    'id: burnt-toast',
    'title: Toast is burnt',
    'description: The toaster was too hot.',
    'weight: 10',
    'kinds: [Pod]',
    'trouble: []',
    'keywords:',
    '  - BurntToast',
    '  - \'toast "rye" is burnt after 40s at level 9\'',
    '---',
    '',
    '## What you see',
    '',
    'Smoke. `password: hunter2-not-a-secret` stands in the manual, and <b>no HTML</b>.',
    '',
    '### Black smoke',
    '',
    'Much of it.',
    '',
    '## Fix',
    '',
    '```yaml',
    'level: 3',
    '```',
    '',
  ].join('\n'),
  'troubleshooting/cold-toast.md':
    '---\nid: cold-toast\ntitle: Toast is cold\nweight: 5\ntrouble: []\nkeywords: [ColdToast]\n---\n\n## What you see\n\nNo smoke.\n',
  'concepts/toasters.md':
    '---\ntitle: Toasters\n---\n\nA toaster makes toast of bread. See [burnt](/docs/troubleshooting/burnt-toast#fix).\n',
  'reference/levels.md': '# Levels\n\nFrom 1 to 9.\n',
}

/** Writes pages into a folder. */
export async function writePages(folder: string, pages = OWN): Promise<string> {
  for (const [path, text] of Object.entries(pages)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}
