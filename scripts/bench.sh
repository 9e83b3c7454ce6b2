#!/usr/bin/env bash
# npm run bench: installs what is missing (pgbench and the peers), then measures. Arguments go to test/bench/main.ts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/env.sh
bash scripts/parts.sh postgresql postgresql-client pgbouncer haproxy openssh-server openssh-client nginx-light wrk
exec node --disable-warning=ExperimentalWarning test/bench/main.ts "$@"
