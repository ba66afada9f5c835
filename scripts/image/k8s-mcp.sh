#!/bin/sh
# `k8s-mcp` in the image: the server and every sub-command.
set -u

# Node looks for compiled code under the number of its user, which may be any: that of whoever owns the kubeconfig.
MADE=/app/compiled
FOUND=/tmp/k8s-mcp-compiled
if [ ! -e "$FOUND" ] && mkdir -m 0700 "$FOUND" 2>/dev/null; then
  for folder in "$MADE"/*; do
    name=${folder##*/}
    ln -s "$folder" "$FOUND/${name%-*}-$(id -u)"
  done
fi
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$FOUND}"

# The flags of `npm start`: compiled code fits those that it was compiled with, and no others.
exec node --disable-sigusr1 --max-semi-space-size=4 --heap-growing-percent=30 --invocation-count-for-maglev=1000 /app/dist/src/server.js "$@"
