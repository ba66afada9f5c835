/** What a client asks to speak instead of HTTP (RFC 9110, 7.8): after it, the connection carries MCP as stdio does. */
export const STDIO_PROTOCOL = 'k8s-mcp-stdio'
/** Header with the settings that the client was started with, as JSON. */
export const SETTINGS_HEADER = 'k8s-mcp-settings'
