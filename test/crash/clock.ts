const trueTime = Date.now
let wrongBy = 0

/** Makes this process's clock wrong by so many milliseconds. */
export function setClock(milliseconds: number): void {
  wrongBy = milliseconds
  Date.now = () => trueTime() + wrongBy
}
