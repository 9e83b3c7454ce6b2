#!/usr/bin/env bash
# Stands for an agent: it runs whatever it was talked into, with everything that it inherited.
exec "$@"
