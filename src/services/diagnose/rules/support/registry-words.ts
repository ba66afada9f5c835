// Every layer between the kubelet and the registry puts its own words in front. The registry's stand at the end.
const LAYERS = new RegExp(
  `^(?:rpc error: code = \\w+ desc = |(?:${[
    'Back-off pulling image "[^"]*"',
    'Failed to pull image "[^"]*"',
    'Failed to apply default image tag "[^"]*"',
    'Failed to inspect image "[^"]*"',
    `couldn't parse image name "[^"]*"`,
    'ErrImagePull|ImagePullBackOff|Error',
    'failed to pull and unpack image "[^"]*"',
    'failed to resolve (?:image|reference "[^"]*")',
    'failed to do request',
    'failed to authorize',
    '(?:Head|Get) "[^"]*"',
    'initializing source \\S*',
    'Error response from daemon',
    '(?:pinging container registry|reading manifest \\S+ in) \\S+',
  ].join('|')})(?:: |$))`,
)

/** What the registry, or the network on the way to it, said at the end of a kubelet's message. */
export function registryWords(message: string): string {
  let rest = message
  for (let match = LAYERS.exec(rest); match !== null && rest !== ''; match = LAYERS.exec(rest))
    rest = rest.slice(match[0].length)
  return rest.trim()
}

/** Registry of an image name: its first part where that is a host, else that of the runtimes (distribution reference grammar). */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io'
}
