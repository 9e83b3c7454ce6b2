#!/usr/bin/env bash
# npm run demo: installs what is missing (the locked dependencies, psql), then runs the demo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/env.sh
command -v psql >/dev/null || bash scripts/parts.sh postgresql-client
command -v psql >/dev/null || { echo "gate: the demo's steps need psql: install the PostgreSQL client" >&2; exit 2; }
exec node --disable-warning=ExperimentalWarning test/demo/main.ts "$@"
