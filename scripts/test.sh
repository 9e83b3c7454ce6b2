#!/usr/bin/env bash
# npm test: installs what is missing, then runs every suite. Arguments go to jest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/env.sh
bash scripts/parts.sh postgresql postgresql-client postgresql-contrib openssh-server openssh-client rsync git bzip2 xz-utils chromium nginx-light curl jq ansible-core xauth
node --disable-warning=ExperimentalWarning scripts/act.ts
node --disable-warning=ExperimentalWarning scripts/regress.ts
exec node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js --maxWorkers=2 "$@"
