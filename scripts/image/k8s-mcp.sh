#!/bin/sh
# `k8s-mcp` in the image: the server and every sub-command, with the flags of `npm start`.
exec node --disable-sigusr1 --max-semi-space-size=4 --heap-growing-percent=30 --invocation-count-for-maglev=1000 /app/dist/src/server.js "$@"
