#!/usr/bin/env bash
# Runs fuzz targets: `./run.sh SECONDS [TARGET [FILE..]]`. Without a target, it runs all of them.
# With files, it runs these inputs once.
set -euo pipefail
cd "$(dirname "$0")"

seconds=$1
shift
targets=("$@")
files=()
if [[ $# -gt 1 && -e ${!#} ]]; then
    targets=("$1")
    files=("${@:2}")
elif [[ $# -eq 0 ]]; then
    mapfile -t targets < <(basename -s .rs -a fuzz_targets/*.rs)
fi

# The flags of cargo-fuzz for coverage. The stable compiler accepts them.
coverage="-Cpasses=sancov-module --cfg fuzzing"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    coverage+=" -Cllvm-args=-sanitizer-coverage-$option"
done
# Optimised, a target runs about five times as many inputs per second, and builds in twice the time.
if ((seconds > 30)); then
    export CARGO_PROFILE_RELEASE_OPT_LEVEL=1
fi
triple=$(rustc -vV | sed -n 's/^host: //p')
# With an explicit target, the flags do not apply to build scripts.
RUSTFLAGS=$coverage cargo build --quiet --release --target "$triple"
built=${CARGO_TARGET_DIR:-target}/$triple/release

for target in "${targets[@]}"; do
    printf '== %s\n' "$target"
    if [[ ${#files[@]} -gt 0 ]]; then
        "$built/$target" "${files[@]}"
        continue
    fi
    case $target in
        worlds | scenarios | bodies | manifests | sequences) words=files.dict ;;
        *) words=requests.dict ;;
    esac
    found=${CARGO_TARGET_DIR:-target}/corpus/$target
    mkdir -p "$found"
    log=$found.log
    # The log has a line for each new path. It is shown if the target fails.
    "$built/$target" -max_total_time="$seconds" -timeout=60 -max_len=4000 -dict="$words" -print_final_stats=1 \
        -artifact_prefix="crash-$target-" "$found" "corpus/$target" >"$log" 2>&1 || {
        tail -n 60 "$log"
        exit 1
    }
    grep -aE 'DONE|number_of_executed_units' "$log"
done
