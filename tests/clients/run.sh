#!/usr/bin/env bash
# Runs real clients against the mock-swr program: `tests/clients/run.sh`, from anywhere.
#
# Needs cargo, python3 with venv, the Python package index and the npm registry. Also needs skopeo, curl, node and npm,
# and installs them with apt-get if they are missing. Everything else that it installs or writes is in target/clients.
set -euo pipefail
cd "$(dirname "$0")/../.."

work="${CARGO_TARGET_DIR:-target}/clients"
mkdir -p "$work"/{home,node}
work="$(realpath "$work")"

missing=()
command -v skopeo >/dev/null || missing+=(skopeo)
command -v curl >/dev/null || missing+=(curl)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
if ((${#missing[@]})); then
    apt-get update --quiet
    apt-get install --quiet --yes "${missing[@]}"
fi
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/clients/requirements.txt
cp tests/clients/node/package.json tests/clients/node/package-lock.json "$work/node"
npm ci --prefix "$work/node" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null

cargo build --quiet --features cli
cargo run --quiet --features cli -- operations --json >"$work/operations.json"

servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true' EXIT

# Starts a server: its name, then its options. Reads its ready line into `ready`.
serve() {
    local log="$work/$1.log" stdout="$work/$1.stdout"
    shift
    rm -f "$stdout"
    mkfifo "$stdout"
    # `cargo run` replaces itself with the program, so a signal to its process id reaches the program.
    cargo run --quiet --features cli -- serve "$@" >"$stdout" 2>"$log" &
    servers+=("$!")
    if ! read -r ready <"$stdout"; then
        cat "$log" >&2
        exit 1
    fi
}

# Runs a test script: the interpreter, the script, its arguments. HOME is separate, because clients write files there.
client() {
    printf '\n-- %s\n' "$2"
    if ! HOME="$work/home" NODE_PATH="$work/node/node_modules" "$1" "tests/clients/$2" "${@:3}"; then
        echo "see the request logs in $work/*.log" >&2
        exit 1
    fi
}

serve swr
swr="$ready"
serve oci --registry-profile oci
oci="$ready"
serve redirects --registry-profile oci --blob-redirects
redirects="$ready"
# The servers of the SDKs verify signatures, and have regions between which images are copied.
tenants=(--auth verified --world tests/clients/tenants.json --other-region cn-east-3 --other-region cn-south-1)
serve python "${tenants[@]}"
client "$work/venv/bin/python" python_sdk.py "$ready" "$work/operations.json" "$work/python.log"
# The requests of the Node SDK must be as published. The tests of the Python SDK also send wrong ones.
serve node "${tenants[@]}" --contract fail
client node node/sdk.js "$ready" "$work/node.log"
serve https --tls --ca-file "$work/ca.pem" --auth verified --other-region cn-east-3
client "$work/venv/bin/python" https.py "$ready" "$work/ca.pem"
client "$work/venv/bin/python" skopeo.py "$swr" "$oci" "$redirects" "$work/swr.log"

kill "${servers[@]}"
# Fail if a server exits with an error.
for server in "${servers[@]}"; do
    if ! wait "$server"; then
        tail --lines 20 "$work"/*.log >&2
        exit 1
    fi
done
