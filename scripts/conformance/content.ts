// The smallest files of each type: one red pixel, and a sound without samples.
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const SILENCE = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA='

export const image = { type: 'image' as const, data: PIXEL, mimeType: 'image/png' }
export const audio = { type: 'audio' as const, data: SILENCE, mimeType: 'audio/wav' }
export const text = (words: string) => ({ type: 'text' as const, text: words })
export const embedded = (uri: string, mimeType: string, words: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType, text: words },
})
