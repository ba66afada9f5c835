#!/bin/sh
# HEALTHCHECK of the image: whether the server takes requests. Its certificate is for the names of others, not for this address.
set -u

case ${HOST:-} in
  '' | 0.0.0.0 | :: | localhost) address=127.0.0.1 ;;
  *:*) address="[$HOST]" ;;
  *) address=$HOST ;;
esac
port=${WEBCONTROL_PORT:-8008}

[ -n "${TLS_CERT:-}" ] || exec wget -q -O /dev/null "http://$address:$port/readyz"
NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_NO_WARNINGS=1 \
  exec node -e "fetch('https://$address:$port/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"
