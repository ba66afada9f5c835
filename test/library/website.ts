import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { TestContext } from 'node:test'
import { createGzip } from 'node:zlib'
import { type Header, pack } from 'tar-stream'

/** A file of an archive: its name and text, or its whole header. */
export type Packed = readonly [name: string | (Partial<Header> & { name: string }), text?: string]

/** A small website in the shape of kubernetes/website, its text our own. */
export const WEBSITE: readonly Packed[] = [
  ['hugo.toml', 'version = "v1.36"\n[[params.versions]]\nversion = "v1.36"\ngithubbranch = "v1.36.4"\n'],
  ['i18n/en/en.toml', '[whatsnext_heading]\nother = "Read on"\n'],
  ['content/en/includes/before.md', 'You need a cluster. {{< version-check >}}\n'],
  ['content/en/examples/pods/one.yaml', 'kind: Pod\nmetadata:\n  name: one\n'],
  ['content/en/docs/_index.md', '---\ntitle: Everything\n---\n'],
  ['content/en/docs/concepts/_index.md', '---\ntitle: Concepts\nweight: 10\n---\n'],
  ['content/en/docs/reference/glossary/index.md', '---\ntitle: Glossary\n---\n'],
  [
    'content/en/docs/reference/glossary/kubelet.md',
    '---\nid: kubelet\ntitle: Kubelet\nshort_description: >\n  The agent of a node.\n---\nThe agent of a node.\n<!--more-->\nIt starts containers.\n',
  ],
  ['content/en/docs/reference/command-line-tools-reference/feature-gates/index.md', '---\ntitle: Gates\n---\n'],
  [
    'content/en/docs/reference/command-line-tools-reference/feature-gates/Wombat.md',
    '---\ntitle: Wombat\nstages:\n  - stage: beta\n    defaultValue: true\n    fromVersion: "1.30"\n---\nLets wombats in.\n',
  ],
  [
    'content/en/docs/concepts/wombats.md',
    [
      '---',
      'title: Wombats',
      'content_type: concept',
      'min-kubernetes-server-version: v1.30',
      '---',
      '',
      '<!-- overview -->',
      '',
      'The {{< glossary_tooltip text="node agent" term_id="kubelet" >}} feeds wombats since v{{< skew currentVersion >}}, before that v{{< skew currentVersionAddMinor -1 >}}.',
      '',
      '{{< feature-state feature_gate_name="Wombat" >}}',
      '',
      '## Feeding {#feeding-time}',
      '',
      '1. First:',
      '',
      '   {{< note >}}',
      '   Wombats bite. Version {{< param "version" >}}.',
      '   {{< /note >}}',
      '',
      '   {{% code_sample file="pods/one.yaml" %}}',
      '',
      '{{< tabs name="ways" >}}',
      '{{% tab name="By hand" %}}',
      'Use a glove.',
      '{{% /tab %}}',
      '{{< tab name="By machine" codelang="bash" >}}',
      'feed --all',
      '{{< /tab >}}',
      '{{< /tabs >}}',
      '',
      '{{< table caption="Diet" >}}',
      '| food | ok |',
      '| --- | ---: |',
      '| grass | yes |',
      '{{< /table >}}',
      '',
      '{{< mermaid >}}',
      'graph LR; a --> b',
      '{{< /mermaid >}}',
      '',
      '{{< highlight yaml "linenos=false" >}}',
      'food: grass',
      '{{< /highlight >}}',
      '',
      '{{< alert color="warning" title="Beware" >}}They dig.{{< /alert >}}',
      '',
      '{{< caution >}}Not at night.{{< /caution >}}',
      '{{< warning >}}Never alone.{{< /warning >}}',
      '',
      '{{< include "before.md" >}}',
      '',
      '{{< glossary_definition term_id="kubelet" length="all" >}}',
      '',
      '{{< sparkle >}}',
      'What the unknown shortcode encloses.',
      '{{< /sparkle >}}',
      '',
      '## {{% heading "whatsnext" %}}',
      '',
      'See [burrows](/docs/concepts/burrows/#depth), [nothing](/docs/concepts/nothing/), [the blog](/blog/x/), [gone](/docs/concepts/burrows/#gone), [by name]({{< ref "burrows#depth" >}}).',
      '',
      'How it is written: {{</* note */>}}',
      '',
    ].join('\n'),
  ],
  [
    'content/en/docs/concepts/burrows.md',
    '---\ntitle: Burrows\ncontent_type: concept\n---\n\n## Depth\n\nA burrow is deep.\n',
  ],
  ['content/en/docs/concepts/part.md', '---\nheadless: true\ntitle: A part\n---\nOnly a part.\n'],
  ['content/en/docs/concepts/untitled.md', 'No title at all.\n'],
  ['content/zh/docs/concepts/wombats.md', '---\ntitle: x\n---\n'],
]

/** A folder that goes when the test ends. */
export async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'k8s-mcp-library-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a .tar.gz of these files. */
export async function archiveOf(folder: string, files: readonly Packed[], name = 'website.tar.gz'): Promise<string> {
  const path = join(folder, name)
  const archive = pack()
  for (const [header, text = ''] of files) archive.entry(typeof header === 'string' ? { name: header } : header, text)
  archive.finalize()
  await pipeline(archive, createGzip(), createWriteStream(path))
  return path
}

/** The same website with other pages in front of the others' place. */
export const withPage = (path: string, text: string): readonly Packed[] => [
  ...WEBSITE,
  [`content/en/docs/${path}.md`, text],
]
