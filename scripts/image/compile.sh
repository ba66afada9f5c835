#!/bin/sh
# A step of the image's build: a server that is asked once leaves the compiled form of its code in the image.
set -eu

WORK=/tmp/compile
mkdir "$WORK"
: >"$WORK/log"
NODE_COMPILE_CACHE=/app/compiled HOST=127.0.0.1 WEBCONTROL_PORT=0 DATA_DIR="$WORK" KUBECONFIG=/nonexistent \
  k8s-mcp >"$WORK/log" 2>&1 &
server=$!

url=
for _ in $(seq 300); do
  url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$WORK/log")
  [ -z "$url" ] || break
  sleep 0.1
done
[ -n "$url" ] || { cat "$WORK/log" >&2; exit 1; }
for path in /status /swagger /openapi.json /search?q=pod; do wget -q -O /dev/null "$url$path"; done

kill "$server"
wait "$server"
rm -r "$WORK" /tmp/k8s-mcp-compiled
chmod -R a+rX /app/compiled
