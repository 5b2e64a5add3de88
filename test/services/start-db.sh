#!/usr/bin/env bash
# Makes PostgreSQL and MariaDB reachable for the tests and prints their addresses:
#
#     eval "$(test/services/start-db.sh)"   # sets TEST_POSTGRES_URL and TEST_MARIADB_URL
#
# With the argument `postgres` or `mariadb` it does so for that one alone. The
# first of these that works is taken: the variable, if it is set already; a
# server on the usual port of 127.0.0.1 that lets us in without a password; one
# that an earlier call started; a new one on a free port, its data in
# $DB_STATE_DIR. stop-db.sh ends what this script started. Where the servers are
# not installed and we are root on Debian, apt-get installs them.
set -euo pipefail

STATE=${DB_STATE_DIR:-${TMPDIR:-/tmp}/file-encryptor-db}
say() { printf '%s\n' "$*" >&2; }
die() { say "start-db: $*"; exit 1; }
# The port is free now; another process may take it before the server does, and
# then the start fails with the server's own message.
free_port() {
  node -e 'const s=require("node:net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}
# A policy of 101 keeps the package from starting a server of its own.
apt_install() {
  [ "$(id -u)" = 0 ] || die "missing packages, and not root: $*"
  say "start-db: installing $*"
  local policy=/usr/sbin/policy-rc.d made='' failed=''
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod 755 "$policy"; made=1; fi
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } \
    > "$STATE/apt.log" 2>&1 < /dev/null || failed=1
  [ -z "$made" ] || rm -f "$policy"
  [ -z "$failed" ] || { tail -5 "$STATE/apt.log" >&2; die "apt-get failed"; }
}
# as USER COMMAND...: both servers refuse to run as root.
as() {
  local user=$1; shift
  if [ "$(id -u)" = 0 ]; then setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"; else "$@"; fi
}
# ours NAME: whether the recorded process is still the server that we started;
# its id may have been given to another process since.
ours() {
  [ -f "$STATE/$1.pid" ] && tr '\0' ' ' 2>/dev/null < "/proc/$(cat "$STATE/$1.pid")/cmdline" | grep -qF "$STATE/$1"
}

# ---- PostgreSQL -------------------------------------------------------------
pg_ok() { PGCONNECT_TIMEOUT=3 psql -qAtX -d "$1" -c 'select 1' >/dev/null 2>&1 </dev/null; }
pg_bin() { find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1; }
postgres_url() {
  if [ -n "${TEST_POSTGRES_URL:-}" ]; then echo "$TEST_POSTGRES_URL"; return; fi
  local url bin dir="$STATE/postgres" port
  if command -v psql >/dev/null; then
    url="postgresql://postgres@127.0.0.1:${POSTGRES_PORT:-5432}/postgres"
    if pg_ok "$url"; then echo "$url"; return; fi
    if [ -f "$STATE/postgres.url" ] && pg_ok "$(cat "$STATE/postgres.url")"; then cat "$STATE/postgres.url"; return; fi
  fi
  bin=$(pg_bin)
  if [ ! -x "$bin/initdb" ] || ! command -v psql >/dev/null; then apt_install postgresql; bin=$(pg_bin); fi
  if ours postgres; then as postgres "$bin/pg_ctl" -D "$dir" -m immediate stop >&2 || true; fi
  port=$(free_port)
  rm -rf "$dir"; mkdir -p "$dir"; chmod 755 "$STATE"
  [ "$(id -u)" != 0 ] || chown postgres: "$dir"
  ( cd / && as postgres "$bin/initdb" -D "$dir" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync ) > "$STATE/postgres-init.log" 2>&1 ||
    { tail -5 "$STATE/postgres-init.log" >&2; die "initdb failed"; }
  # Test data may be lost at a crash of the machine: no fsync.
  ( cd / && as postgres "$bin/pg_ctl" -D "$dir" -l "$dir/server.log" -w -t 60 start \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='$dir' -c fsync=off -c synchronous_commit=off -c full_page_writes=off" ) >&2 < /dev/null ||
    { tail -5 "$dir/server.log" >&2; die "PostgreSQL did not start"; }
  head -1 "$dir/postmaster.pid" > "$STATE/postgres.pid"
  echo "postgresql://postgres@127.0.0.1:$port/postgres" | tee "$STATE/postgres.url"
}

# ---- MariaDB ----------------------------------------------------------------
maria_sql() { # maria_sql PORT STATEMENT
  "$(command -v mariadb || command -v mysql)" --no-defaults --protocol=tcp -h 127.0.0.1 -P "$1" -u root --connect-timeout=3 -e "$2" >&2 </dev/null
}
maria_ok() {
  { command -v mariadb || command -v mysql; } >/dev/null && maria_sql "$1" 'select 1' >/dev/null 2>&1
}
mariadb_url() {
  if [ -n "${TEST_MARIADB_URL:-}" ]; then echo "$TEST_MARIADB_URL"; return; fi
  local port="${MARIADB_PORT:-3306}" dir="$STATE/mariadb" me pre=()
  if maria_ok "$port"; then echo "mysql://root@127.0.0.1:$port/"; return; fi
  if [ -f "$STATE/mariadb.port" ]; then
    port=$(cat "$STATE/mariadb.port")
    if maria_ok "$port"; then echo "mysql://root@127.0.0.1:$port/"; return; fi
  fi
  if ! command -v mariadb-install-db >/dev/null || [ ! -x /usr/sbin/mariadbd ]; then apt_install mariadb-server; fi
  if ours mariadb; then kill "$(cat "$STATE/mariadb.pid")"; sleep 2; fi
  rm -rf "$dir"; mkdir -p "$dir"; chmod 755 "$STATE"
  me=$(id -un)
  if [ "$me" = root ]; then
    me=mysql; chown mysql: "$dir"
    # setpriv becomes the server, so that the id recorded below is the server's.
    pre=(setpriv --reuid=mysql --regid=mysql --init-groups --)
  fi
  port=$(free_port)
  as "$me" mariadb-install-db --no-defaults --datadir="$dir" --auth-root-authentication-method=normal \
    --skip-test-db --skip-name-resolve --innodb-flush-log-at-trx-commit=0 > "$STATE/mariadb-init.log" 2>&1 < /dev/null ||
    { tail -5 "$STATE/mariadb-init.log" >&2; die "mariadb-install-db failed"; }
  ( cd / && exec setsid nohup ${pre[@]+"${pre[@]}"} /usr/sbin/mariadbd --no-defaults --datadir="$dir" --bind-address=127.0.0.1 --port="$port" \
      --socket="$dir/s" --pid-file="$dir/pid" --skip-name-resolve --character-set-server=utf8mb4 \
      --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M --innodb-log-file-size=32M \
      --max-allowed-packet=64M > "$STATE/mariadb.log" 2>&1 < /dev/null ) &
  echo $! > "$STATE/mariadb.pid"
  for _ in $(seq 1 300); do
    if maria_ok "$port"; then break; fi
    kill -0 "$(cat "$STATE/mariadb.pid")" 2>/dev/null || { tail -5 "$STATE/mariadb.log" >&2; die "MariaDB ended at once"; }
    sleep 0.1
  done
  maria_ok "$port" || { tail -5 "$STATE/mariadb.log" >&2; die "MariaDB did not answer within 30 s"; }
  echo "$port" > "$STATE/mariadb.port"
  echo "mysql://root@127.0.0.1:$port/"
}

mkdir -p "$STATE"
want=${1:-both}
case $want in both|postgres|mariadb) ;; *) die "expected postgres, mariadb or nothing, got $want" ;; esac
case $want in both|postgres) url=$(postgres_url); printf 'export TEST_POSTGRES_URL=%q\n' "$url" ;; esac
case $want in both|mariadb) url=$(mariadb_url); printf 'export TEST_MARIADB_URL=%q\n' "$url" ;; esac
