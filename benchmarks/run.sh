#!/usr/bin/env bash
# Measures the server of this folder with the starter beside the same without it, in alternating rounds on this machine,
# and appends a line for each round to target/results.csv; ./Report.java makes tables and plots of it.
# Needs wrk and redis-server on the PATH. PostgreSQL comes with Maven.
# Usage: run.sh [variant...]
# Variants: off, memory, redis, postgresql, each of the last three also with -not-resumable and -5s (validation-interval),
# and followed by :initialize, :cycle or :slow for another load, or by :1 or :64 for another number of connections than 8.
# SECS: seconds a round (5). WARM: seconds to warm up each of the two (60). ROUNDS (3). SKIP_BUILD: take what is built.
set -euo pipefail
cd "$(dirname "$0")"
secs=${SECS:-5} warm=${WARM:-60} rounds=${ROUNDS:-3}
work=$(mktemp -d)
if [ -z "${SKIP_BUILD:-}" ]; then
	(cd .. && mvn -B -q -DskipTests install)
	mvn -B -q -Pplain '-P!session' package
	mvn -B -q -Psession package
	mvn -B -q -Ppostgresql dependency:build-classpath -Dmdep.outputFile=target/postgresql.cp
fi
redis-server --port 6391 --save '' --dir "$work" > /dev/null &
redis=$!
server= plain= postgresql=
trap 'kill $redis $server $plain $postgresql 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT

until_up() {
	for _ in $(seq 240); do
		curl -s -o /dev/null "localhost:$1/mcp" && return
		sleep 0.5
	done
	echo "no server at port $1" >&2
	tail -n 20 "$work"/*.log >&2
	exit 1
}
start_postgresql() {
	[ -z "$postgresql" ] || return 0
	java -cp "$(cat target/postgresql.cp)" tools/Postgres.java 6392 > "$work/postgresql.log" 2>&1 &
	postgresql=$!
	until grep -qs started "$work/postgresql.log"; do sleep 0.5; done
}
sessions() {
	for _ in $(seq 64); do
		curl -s -o /dev/null -D - -H Content-Type:application/json -H Accept:application/json,text/event-stream \
			-d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}' \
			"localhost:$1/mcp" | tr -d '\r' | awk 'tolower($1) == "mcp-session-id:" { print $2 }'
	done > "$work/sids-$1"
}
# port, seconds, load, connections: requests a second, median and p99 in ms, errors
load() {
	local threads=1 script=call
	case $3 in
		cycle) threads=$4 script=cycle ;;
		initialize) script=initialize ;;
	esac
	SIDS="$work/sids-$1" TOOL=$([ "$3" = slow ] && echo slow || echo echo) \
		wrk -t"$threads" -c"$4" -d"$2s" --latency -s "load/$script.lua" "http://localhost:$1/mcp" | awk '
			function ms(x) { return x ~ /us$/ ? x / 1000 : x ~ /ms$/ ? x + 0 : x * 1000 }
			$1 == "50%" { m = ms($2) } $1 == "99%" { p = ms($2) } /Requests\/sec/ { r = $2 } /Non-2xx/ { e = $NF }
			END { print r, m, p, e + 0 }'
}
ticks() { cat "/proc/$1/stat" 2> /dev/null | awk '{ print $14 + $15 }'; }
# what the store has computed, its round trips
store_ticks() {
	case $1 in
		redis*) ticks $redis ;;
		postgresql*) for p in $(pgrep -x postgres); do ticks "$p"; done | awk '{ n += $1 } END { print n + 0 }' ;;
		*) echo 0 ;;
	esac
}
# port, load, connections: commands that clients send to Redis for each request, what scripts do left out
round_trips() {
	timeout 5 redis-cli -p 6391 monitor > "$work/monitor" &
	local monitor=$! r
	sleep 1
	r=$(load "$1" 2 "$2" "$3")
	wait $monitor || true
	grep '^[0-9]' "$work/monitor" | grep -vc -e ' lua\] ' -e '"XREAD"' | awk -v calls="${r%% *}" '{ printf "%.2f", $1 / (calls * 2) }'
}

measure() {
	local variant=$1 kind=$2 connections=$3
	local arguments=()
	case $variant in
		off) arguments=(--mcp.session.enabled=false) ;;
		memory*) ;;
		redis*) arguments=(--mcp.session.store=redis --spring.data.redis.port=6391) ;;
		postgresql*) start_postgresql; arguments=(--mcp.session.store=jdbc --mcp.session.jdbc.initialize-schema=always) ;;
		*) echo "unknown variant $variant" >&2; exit 2 ;;
	esac
	case $variant in
		*-not-resumable) arguments+=(--mcp.session.streams.resumable=false) ;;
		*-5s) arguments+=(--mcp.session.validation-interval=5s) ;;
	esac
	java -Xmx1g -jar target/session.jar --server.port=8202 "${arguments[@]}" > "$work/server.log" 2>&1 &
	server=$!
	until_up 8202
	sessions 8202
	load 8202 "$warm" "$kind" "$connections" > /dev/null
	load 8201 "$((warm / 3))" "$kind" "$connections" > /dev/null
	local n=0
	[[ $variant != redis* ]] || n=$(round_trips 8202 "$kind" "$connections")
	for round in $(seq "$rounds"); do
		local p r c s
		p=$(load 8201 "$secs" "$kind" "$connections")
		c=$(ticks $server) s=$(store_ticks "$variant")
		r=$(load 8202 "$secs" "$kind" "$connections")
		echo "$variant $kind $connections $round $p $r $(($(ticks $server) - c)) $(($(store_ticks "$variant") - s)) $n $secs" | awk '{
			n = $9 * $16
			printf "%s,%s,%s,%s,%.0f,%.2f,%.2f,%.0f,%.2f,%.2f,%.3f,%.0f,%.1f,%.2f,%s\n", $1, $2, $3, $4, $5, $6, $7, $9, $10, $11, $9 / $5,
				$13 * 10000 / n, $14 * 10000 / n, $15, $8 + $12 }' | tee -a target/results.csv
	done
	kill $server
	wait $server 2> /dev/null || true
	server=
}

java -Xmx1g -jar target/plain.jar --server.port=8201 > "$work/plain.log" 2>&1 &
plain=$!
until_up 8201
sessions 8201
load 8201 "$warm" echo 8 > /dev/null
[ -f target/results.csv ] || echo "variant,load,connections,round,plain calls/s,plain median ms,plain p99 ms,calls/s,median ms,p99 ms,ratio,JVM us/call,store us/call,round trips/call,errors" > target/results.csv
[ $# -gt 0 ] || set -- off memory memory:1 memory:64 memory-not-resumable redis redis:1 redis:64 redis-not-resumable redis-5s \
	postgresql postgresql:1 postgresql:64 postgresql-not-resumable postgresql-5s \
	memory:initialize redis:initialize postgresql:initialize memory:cycle redis:cycle postgresql:cycle \
	memory:slow redis:slow postgresql:slow
for each in "$@"; do
	case ${each#*:} in
		"$each") measure "$each" echo 8 ;;
		initialize | cycle | slow) measure "${each%:*}" "${each#*:}" 8 ;;
		*) measure "${each%:*}" echo "${each#*:}" ;;
	esac
done
