#!/bin/bash
# Enters the demonstration project and asks for the form to add a bill. Exit status 0: the failure was seen.
set -euo pipefail
cd "$(dirname "$0")"
. ./env.sh
wait_for "$APPPORT"
address=http://127.0.0.1:$APPPORT
curl -s -m 60 -o /dev/null -c run/cookies "$address/demo"
status=$(curl -s -m 60 -o run/answer.html -w '%{http_code}' -b run/cookies "$address/demo/add")
echo "GET /demo/add answered $status"
[ "$status" = 500 ]
