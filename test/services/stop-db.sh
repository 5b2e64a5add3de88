#!/usr/bin/env bash
# Ends the database servers that start-db.sh started, and removes their data.
set -uo pipefail

STATE=${DB_STATE_DIR:-${TMPDIR:-/tmp}/file-encryptor-db}
for name in postgres mariadb; do
  [ -f "$STATE/$name.pid" ] || continue
  pid=$(cat "$STATE/$name.pid")
  # The id may have been given to another process since.
  tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline" | grep -qF "$STATE/$name" || continue
  sig=TERM
  [ "$name" = mariadb ] || sig=INT # INT is PostgreSQL's fast shutdown
  kill -s "$sig" "$pid" 2>/dev/null || continue
  for _ in $(seq 1 100); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$pid" 2>/dev/null; then kill -9 "$pid"; fi
done
rm -rf "$STATE"
