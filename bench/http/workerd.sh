#!/bin/sh
# workerd without a reader of its log lines: it writes them, as it does when
# deployed, but no process of the benchmark spends its time parsing them.
exec "$(dirname "$0")/../../scripts/local-worker/workerd.sh" "$@" >>"${TSUGI_BENCH_LOG:-/dev/null}"
