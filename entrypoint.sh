#!/bin/sh
# The image's first process. Looks at what was mounted and says, in a line each, what is wrong with it and what to do; then the server
# takes its place. None of it stops the server, which does without a cluster. stdout belongs to the protocol of --stdio.
set -u

SERVICE_ACCOUNT=/var/run/secrets/kubernetes.io/serviceaccount/token
me=$(id -u)

say() { printf 'k8s-mcp: %s\n' "$1" >&2; }

check_kubeconfig() {
  if [ -d "$1" ]; then
    say "$1 is a folder: Docker makes one on the host where the file to mount is missing. Remove that folder there (rmdir), put the kubeconfig in its place and start again."
  elif [ ! -e "$1" ]; then
    say "There is no kubeconfig at $1. Mount yours: --volume ~/.kube/config:$1:ro (compose.yaml does). Without one there is no cluster; pages and documentation work."
  elif [ ! -r "$1" ]; then
    unreadable "$1" "$(stat -c %u "$1")" "$(stat -c %g "$1")"
  else
    check_mode "$1"
    check_servers "$1"
  fi
}

unreadable() {
  if [ "$2" = 0 ]; then
    say "$1 belongs to root on the host and user $me may not read it. Give a copy to yourself there, and mount that one: sudo install -m 600 -o \$(id -u) -g \$(id -g) SOURCE ~/.kube/config"
  else
    say "$1 belongs to user $2 and the server runs as $me, who may not read it. Add this line to the file .env beside compose.yaml (docker run: --user $2:$3), and start again: K8S_MCP_USER=$2:$3"
  fi
}

check_mode() {
  case $(stat -c %a "$1") in
    *[4567]) say "Every user of the host may read $1, and with it act as you. On the host: chmod 600 on that file." ;;
  esac
}

# Addresses of this machine that a kubeconfig names are the container's own here, unless it shares the host's network: then they answer.
check_servers() {
  grep -Eo 'https?://(127\.[0-9.]+|localhost|0\.0\.0\.0|\[::1\])(:[0-9]+)?' "$1" | sort -u | while read -r server; do
    answers "$server" && continue
    say "$1 names $server, and in a container that is the container itself. Docker Desktop: write host.docker.internal in its place, with tls-server-name: localhost. Linux: network_mode: host. kind: kind get kubeconfig --internal, on the network kind."
  done
}

answers() {
  place=${1#*://}
  port=${place##*:}
  host=${place%:"$port"}
  [ "$host" != "$place" ] || case $1 in https:*) port=443 ;; *) port=80 ;; esac
  host=$(printf '%s' "$host" | tr -d '[]')
  timeout 1 nc -w 1 "$host" "$port" </dev/null >/dev/null 2>&1
  # 143: it was connected until the time was over.
  [ $? -ne 1 ]
}

check_kubeconfigs() {
  [ -n "${KUBECONFIG:-}" ] || { [ -e "$SERVICE_ACCOUNT" ] && [ ! -e "$HOME/.kube/config" ] && return; }
  IFS=:
  # shellcheck disable=SC2086 # several files, separated as in PATH
  set -- ${KUBECONFIG:-$HOME/.kube/config}
  unset IFS
  for file in "$@"; do [ -z "$file" ] || check_kubeconfig "$file"; done
}

check_data() {
  folder=$DATA_DIR
  while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
  if [ ! -w "$folder" ]; then
    say "$folder belongs to user $(stat -c %u "$folder") and the server runs as $me, who may not write it. On the host, with the name of your image: docker run --rm --user 0 --volume k8s-mcp-data:/data --entrypoint chown k8s-mcp -R $me:$(id -g) $folder"
  elif [ ! -e "$DATA_DIR/approvals.sqlite" ]; then
    say "First start: nobody has a token yet. Make yours: docker compose exec k8s-mcp k8s-mcp token create --kind person --subject YOU --role approver"
    say "and one for an agent: docker compose exec k8s-mcp k8s-mcp token create --kind agent --subject NAME --role requester"
  fi
}

# Sub-commands (k8s-mcp token list) and questions (--help) need none of it.
case ${1:-} in
  [!-]* | --help | -h | --version | -v) ;;
  *) check_kubeconfigs; check_data ;;
esac
exec k8s-mcp "$@"
