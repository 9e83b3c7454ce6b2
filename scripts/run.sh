#!/usr/bin/env bash
# Runs a TypeScript entry with the Node that the lock file brings, installing dependencies first where they are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/env.sh
exec node --disable-warning=ExperimentalWarning "$@"
