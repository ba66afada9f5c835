import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'

/** A file of an archive: its text, or bytes, or what its header says where it is no file. */
export type Entry = string | Buffer | Partial<Header>

/** A .tar of these entries, by name. */
export async function tarOf(entries: Readonly<Record<string, Entry>>): Promise<Buffer> {
  const archive = pack()
  for (const [name, entry] of Object.entries(entries)) {
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) archive.entry({ name, mtime: new Date(0) }, entry)
    else archive.entry({ name, mtime: new Date(0), ...entry })
  }
  archive.finalize()
  return buffer(archive)
}

export const tgzOf = async (entries: Readonly<Record<string, Entry>>): Promise<Buffer> => gzipSync(await tarOf(entries))

/** Text of a Chart.yaml. */
export const chartYaml = (name: string, version: string, more = ''): string =>
  `apiVersion: v2\nname: ${name}\nversion: ${version}\nappVersion: "1.16"\n${more}`

const CONFIG_MAP = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  colour: {{ .Values.colour | quote }}
`

/** A small chart that makes one ConfigMap, with more files (names within the chart) where they are given. */
export const chartOf = (name: string, version: string, more: Readonly<Record<string, Entry>> = {}): Promise<Buffer> =>
  tgzOf({
    [`${name}/Chart.yaml`]: chartYaml(name, version),
    [`${name}/values.yaml`]: 'colour: green\n',
    [`${name}/templates/settings.yaml`]: CONFIG_MAP,
    ...Object.fromEntries(Object.entries(more).map(([file, entry]) => [`${name}/${file}`, entry])),
  })

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')
