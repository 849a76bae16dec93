#!/usr/bin/env bash
# Lints the OpenAPI document with Redocly's recommended rules; what they only warn of is a fault here, too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/openapi"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

if [[ $(cat node_modules/.package-lock.json 2>/dev/null | grep -c '"node_modules/@redocly/cli"') == 0 ]]; then
  npm ci --no-progress
fi

report=$(mktemp)
trap 'rm -f "$report"' EXIT
npx --no-install redocly lint --config redocly.yaml --max-problems 1000 --format stylish 2>&1 | tee "$report"
if grep -Eq '[1-9][0-9]* (error|warning)' "$report"; then
  exit 1
fi
