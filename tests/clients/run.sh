#!/usr/bin/env bash
# Runs real clients against the mock-swr program: `tests/clients/run.sh`, from anywhere.
#
# Needs cargo, python3 with venv, and the Python package index. What it installs and writes is in target/clients.
set -euo pipefail
cd "$(dirname "$0")/../.."

work="${CARGO_TARGET_DIR:-target}/clients"
mkdir -p "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/clients/requirements.txt

cargo build --quiet --features cli
cargo run --quiet --features cli -- operations --json >"$work/operations.json"

# Cargo gives its process to the program it runs, so a signal to the one reaches the other.
exec {server_stdout}< <(exec cargo run --quiet --features cli -- serve 2>"$work/requests.log")
server_pid=$!
trap 'kill "$server_pid" 2>/dev/null || true' EXIT
if ! read -r ready <&"$server_stdout"; then
    cat "$work/requests.log" >&2
    exit 1
fi

if ! "$work/venv/bin/python" tests/clients/python_sdk.py "$ready" "$work/operations.json"; then
    echo "the requests are in $work/requests.log" >&2
    exit 1
fi

kill "$server_pid"
# Its exit code is the last thing that can fail.
wait "$server_pid"
