#!/usr/bin/env bash
# Installs the Debian packages named as arguments where they are missing: root or password-less sudo, Debian or Ubuntu.
# Exit 0 also when that cannot be done: the suites that need a part then say by name that they cannot run.
set -u
missing=()
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0
command -v apt-get >/dev/null || { echo "gate: no apt-get here; not installed: ${missing[*]}" >&2; exit 0; }
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || { echo "gate: neither root nor password-less sudo; not installed: ${missing[*]}" >&2; exit 0; }
  sudo=(sudo -n)
fi
echo "gate: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
patient=(-o Acquire::Retries=3)
"${sudo[@]}" apt-get "${patient[@]}" update -qq >/dev/null 2>&1 || {
  sleep 5
  "${sudo[@]}" apt-get "${patient[@]}" update -qq >/dev/null
}
# The packaged server would create and start a cluster of its own: the tests start theirs.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  "${sudo[@]}" mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
for package in "${missing[@]}"; do
  "${sudo[@]}" apt-get "${patient[@]}" install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "$package" >/dev/null 2>&1 ||
    echo "gate: could not install $package" >&2
done
exit 0
