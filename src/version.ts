import manifest from '../package.json' with { type: 'json' }

/** Version of this product, as in package.json. */
export const VERSION: string = manifest.version

export const DESCRIPTION =
  'Kubernetes for AI agents and people: look, diagnose and ask over REST and MCP; every change waits for a person.'
