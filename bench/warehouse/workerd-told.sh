#!/bin/sh
# workerd (TSUGI_BENCH_WORKERD) whose output, V8's account of its collections among it,
# goes to a file (TSUGI_BENCH_LOG) and not to Miniflare, which would parse every line.
# By the line where there is stdbuf, else by the block.
if command -v stdbuf >/dev/null; then
  exec stdbuf -oL "$TSUGI_BENCH_WORKERD" "$@" >>"$TSUGI_BENCH_LOG"
fi
exec "$TSUGI_BENCH_WORKERD" "$@" >>"$TSUGI_BENCH_LOG"
