#!/usr/bin/env bash
# Everything that needs no server: types, lint, format, house rules, generated pages, bundles. Runs all, then fails if any did.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/env.sh || exit

failed=()
step() {
  local name=$1
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

step types tsc --noEmit -p .
step "types of the web pages" tsc --noEmit -p packages/web
step lint eslint .
step format prettier --check --log-level warn .
step tidy scripts/jest.sh test/tidy test/workflows
step limits node scripts/limits.ts --check
if [ -f scripts/build.ts ]; then step dist node scripts/build.ts --check; fi

if [ ${#failed[@]} -gt 0 ]; then
  echo "check: failed: ${failed[*]}" >&2
  exit 1
fi
echo "check: all good"
