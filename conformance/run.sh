#!/usr/bin/env bash
# Runs the official MCP conformance suite, and the official TypeScript client, against samples/conformance-server: on
# one node, and on three nodes that share a store, behind a load balancer that never sticks. See README.md.
#
#   conformance/run.sh [jar of the conformance server]      (without one, it is built)
#
# CONFORMANCE_VERSION  the release of the suite
# STORES               what the three nodes share: redis, jdbc, both or (empty) no three nodes
# SCENARIOS            some scenarios only
set -euo pipefail

version=${CONFORMANCE_VERSION:-0.2.0-alpha.12}
stores=${STORES-redis jdbc}
# for the suite, which needs Node 22, if the one on the path is older
suite_node=22.23.3

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
work=$(mktemp -d)
running=()
status=0

stop_all() {
  local pid
  for pid in ${running[@]+"${running[@]}"}; do
    kill "$pid" 2>/dev/null || true
  done
  for pid in ${running[@]+"${running[@]}"}; do
    wait "$pid" 2>/dev/null || true
  done
  running=()
}

finish() {
  local code=$?
  trap - EXIT
  stop_all
  if [ "$code" -eq 0 ]; then
    rm -rf "$work"
  else
    echo "The logs are in $work" >&2
  fi
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

# start <name> <command...>: in the background, with its output in <name>.log
start() {
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 &
  running+=("$!")
}

# await <name> <file> <pattern>: prints the first group of the pattern, once it is in the file
await() {
  local found
  for _ in $(seq 450); do
    found=$(sed -nE "s#$3#\\1#p" "$work/$2" 2>/dev/null | head -n 1)
    if [ -n "$found" ]; then
      echo "$found"
      return
    fi
    sleep 0.2
  done
  echo "$1 did not start:" >&2
  tail -n 20 "$work/$1.log" >&2
  return 1
}

# start_server <name> <property...>: on a free port, which it writes to <name>.port
start_server() {
  local name=$1
  shift
  start "$name" java -XX:TieredStopAtLevel=1 -Xmx256m "-Dportfile=$work/$name.port" -jar "$jar" --server.port=0 "$@"
}

port_of_server() {
  await "$1" "$1.port" '^([0-9]+)$'
}

# start_other <name> <main class> <argument...>: another program of the same jar
start_other() {
  local name=$1 main=$2
  shift 2
  start "$name" java -Xmx128m "-Dloader.main=$main" -cp "$jar" \
    org.springframework.boot.loader.launch.PropertiesLauncher "$@"
}

# run_scenarios <title> <url>
run_scenarios() {
  local packages=(-p "@modelcontextprotocol/conformance@$version")
  if [ "$(node -p 'parseInt(process.versions.node)')" -lt 22 ]; then
    packages+=(-p "node@$suite_node")
  fi
  TITLE=$1 URL=$2 SCRIPT=$here/scenarios.mjs RESULTS=$work/results SCENARIOS=${SCENARIOS:-} \
    npx --yes --loglevel=error "${packages[@]}" \
    -c 'node "$SCRIPT" "$TITLE" "$URL" "$RESULTS" $SCENARIOS' || status=1
}

one_node() {
  local port
  start_server single --mcp.session.store=memory
  port=$(port_of_server single)
  run_scenarios "One node, sessions in memory (suite $version)" "http://127.0.0.1:$port/mcp"
  stop_all
}

# three_nodes <store>
three_nodes() {
  local store=$1 properties port i urls=()
  case $store in
    redis)
      start_other "$store" io.github.mcpsession.samples.conformance.RedisProcess
      port=$(await "$store" "$store.log" '^port ([0-9]+)$')
      properties=(--mcp.session.store=redis "--spring.data.redis.url=redis://127.0.0.1:$port")
      ;;
    jdbc)
      start_other "$store" org.h2.tools.Server -tcp -tcpPort 0 -ifNotExists
      port=$(await "$store" "$store.log" '.*tcp://[^ ]*:([0-9]+) .*')
      properties=(--mcp.session.store=jdbc
        "--spring.datasource.url=jdbc:h2:tcp://127.0.0.1:$port/mem:conformance;DB_CLOSE_DELAY=-1")
      ;;
    *)
      echo "STORES can be redis and jdbc, not '$store'" >&2
      exit 2
      ;;
  esac
  for i in 1 2 3; do
    start_server "$store-$i" "${properties[@]}"
  done
  for i in 1 2 3; do
    port=$(port_of_server "$store-$i")
    urls+=("http://127.0.0.1:$port")
  done
  start "$store-proxy" node "$here/round-robin.mjs" "${urls[@]}"
  port=$(await "$store-proxy" "$store-proxy.log" '^port ([0-9]+)$')
  run_scenarios "Three nodes, sessions in $store, no stickiness (suite $version)" "http://127.0.0.1:$port/mcp"
  node "$here/typescript-client.mjs" "http://127.0.0.1:$port/mcp" || status=1
  stop_all
}

jar=${1:-}
if [ -z "$jar" ]; then
  (cd "$root" && mvn -q -B -DskipTests package -pl samples/conformance-server -am)
  for jar in "$root"/samples/conformance-server/target/*.jar; do :; done
fi
if [ ! -f "$jar" ]; then
  echo "There is no $jar" >&2
  exit 2
fi
(cd "$here" && npm install --no-audit --no-fund --loglevel=error)

one_node
for store in $stores; do
  three_nodes "$store"
done
exit "$status"
