#!/usr/bin/env bash
# Runs jest alone (no installs of real servers): scripts/jest.sh [jest arguments].
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/env.sh
exec node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js "$@"
