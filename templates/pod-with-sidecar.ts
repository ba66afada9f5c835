import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import {
  container,
  execProbes,
  httpParameters,
  httpPort,
  httpProbes,
  podParameters,
  podSpec,
  scratch,
  SHELL_IMAGE,
  WEB_IMAGE,
} from '../src/services/templates/parts/pod.ts'
import { FilePath, Fitting, Image } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

const FILE = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}'

export default defineTemplate({
  name: 'pod-with-sidecar',
  title: 'Pod with a sidecar',
  description:
    'An application that writes its log into a file, and a sidecar that prints it: started before, ended after.',
  kinds: ['Pod'],
  tags: ['sidecar', 'logging', 'initContainers', 'shared volume'],
  parameters: Type.Object({
    ...podParameters('web', WEB_IMAGE),
    ...httpParameters,
    sidecarImage: Image(SHELL_IMAGE, 'Image of the sidecar: it needs tail and touch.'),
    logFolder: FilePath('/logs', 'Folder that the two share.'),
    logFile: Fitting(FILE, 'a file name of letters, digits, dots, dashes and underscores', 'File that is printed.', {
      default: 'app.log',
    }),
  }),
  check: ({ logFolder }) => (logFolder === '/tmp' ? 'logFolder must not be /tmp, which is there already' : undefined),
  objects: (values) => {
    const mounts = [{ name: 'logs', mountPath: values.logFolder }]
    const file = `${values.logFolder}/${values.logFile}`
    const sidecar = why(
      container(
        { image: values.sidecarImage, ...printing(file), env: [], cpu: '10m', memory: '32Mi' },
        { name: 'log', restartPolicy: 'Always', probes: execProbes(['test', '-f', file]), mounts },
      ),
      SIDECAR,
    )
    const app = container(values, {
      name: 'app',
      ports: httpPort(values.port),
      probes: httpProbes(values.healthPath),
      mounts,
    })
    const volumes = [scratch('logs', '256Mi')]
    const spec = podSpec(values, { initContainers: [sidecar], containers: [app], volumes, fsGroup: values.runAsUser })
    return [{ apiVersion: 'v1', kind: 'Pod', metadata: metadata(values, 'server'), spec }]
  },
})

// The file is an argument, never a part of the script.
const printing = (file: string) => ({
  command: ['sh', '-c', 'touch "$1" && exec tail -n +1 -F "$1"', 'log'],
  args: [file],
})

const SIDECAR: Record<string, string> = {
  restartPolicy: 'Always makes it a sidecar: it starts first, stays, and ends after the application.',
}
