#!/usr/bin/env bash
# Measures the server of this folder with the starter beside the same without it, in alternating rounds on this machine,
# and prints a table in Markdown. Needs wrk and redis-server on the PATH.
# Usage: run.sh [variant...]    variants: off memory memory-plain-streams redis redis-plain-streams redis-5s cycle
# SKIP_INSTALL: take the starter as it is installed. SECS: seconds a round (4). WARM: seconds to warm up (20).
set -euo pipefail
cd "$(dirname "$0")"
secs=${SECS:-4} warm=${WARM:-20}
work=$(mktemp -d)
[ -n "${SKIP_INSTALL:-}" ] || (cd .. && mvn -B -q -DskipTests install)
for jar in plain session; do
	mvn -B -q "-P$jar" $([ $jar = plain ] && echo "-P!session") package
done
redis-server --port 6391 --save '' --dir "$work" > /dev/null &
redis=$!
server= plain=
trap 'kill $redis $server $plain 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT

up() {
	for _ in $(seq 240); do
		curl -s -o /dev/null "localhost:$1/mcp" && return
		sleep 0.5
	done
	echo "no server at port $1" >&2
	tail -20 "$work"/*.log >&2
	exit 1
}
sessions() {
	for _ in $(seq 64); do
		curl -s -o /dev/null -D - -H Content-Type:application/json -H Accept:application/json,text/event-stream \
			-d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}' \
			"localhost:$1/mcp" | tr -d '\r' | awk 'tolower($1) == "mcp-session-id:" { print $2 }'
	done > "$work/sids-$1"
}
# calls a second, median, p99, errors
load() {
	SIDS="$work/sids-$1" wrk -t1 -c8 -d"$2s" --latency -s call.lua "http://localhost:$1/mcp" |
		awk '/50%/ { m = $2 } /99%/ { p = $2 } /Requests\/sec/ { r = $2 } /Non-2xx/ { e = $NF } END { print r, m, p, e + 0 }'
}
cycle() {
	wrk -t8 -c8 -d"$2s" --latency -s cycle.lua "http://localhost:$1" |
		awk '/50%/ { m = $2 } /99%/ { p = $2 } /Requests\/sec/ { r = $2 } /Non-2xx/ { e = $NF } END { print r, m, p, e + 0 }'
}
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
commands() { redis-cli -p 6391 info commandstats | awk -F '[:,=]' '/cmdstat_(evalsha|hmget|hget|get|xread):/ { if ($1 != "cmdstat_xread") n += $3 } END { print n + 0 }'; }

measure() {
	local name=$1 how=$2
	shift 2
	java -Xmx1g -jar target/session.jar --server.port=8202 "$@" > "$work/server.log" 2>&1 &
	server=$!
	up 8202
	sessions 8202
	$how 8202 "$warm" > /dev/null
	$how 8201 5 > /dev/null
	local ratios=()
	for _ in 1 2 3; do
		read -r pr pm pp pe <<< "$($how 8201 "$secs")"
		redis-cli -p 6391 config resetstat > /dev/null
		local c0 r0 c1 r1 n
		c0=$(ticks $server) r0=$(ticks $redis)
		read -r r m p e <<< "$($how 8202 "$secs")"
		c1=$(ticks $server) r1=$(ticks $redis) n=$(commands)
		echo "$name $pr $pm $pp $r $m $p $e $secs $((c1 - c0)) $((r1 - r0)) $n" | awk '{
			calls = $5 * $9
			printf "| %s | %.0f, %s, %s | %.0f, %s, %s | %.2f | %.0f | %.1f | %.2f | %s |\n",
				$1, $2, $3, $4, $5, $6, $7, $5 / $2, $10 * 10000 / calls, $11 * 10000 / calls, $12 / calls, $8 }'
	done
	kill $server
	wait $server 2> /dev/null || true
	server=
}

java -Xmx1g -jar target/plain.jar --server.port=8201 > "$work/plain.log" 2>&1 &
plain=$!
up 8201
sessions 8201
load 8201 "$warm" > /dev/null
store=(--mcp.session.store=redis --spring.data.redis.port=6391)
echo "| variant | plain: calls/s, median, p99 | with the starter | ratio | JVM us/call | Redis us/call | Redis commands/call | errors |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
for variant in "${@:-off memory memory-plain-streams redis redis-plain-streams redis-5s cycle}"; do
	for each in $variant; do
		case $each in
			off) measure off load --mcp.session.enabled=false ;;
			memory) measure memory load ;;
			memory-plain-streams) measure memory-not-resumable load --mcp.session.streams.resumable=false ;;
			redis) measure redis load "${store[@]}" ;;
			redis-plain-streams) measure redis-not-resumable load "${store[@]}" --mcp.session.streams.resumable=false ;;
			redis-5s) measure redis-validated-every-5s load "${store[@]}" --mcp.session.validation-interval=5s ;;
			cycle) measure redis-session-per-call cycle "${store[@]}" ;;
			*) echo "unknown variant $each" >&2; exit 2 ;;
		esac
	done
done
