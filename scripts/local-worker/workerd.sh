#!/bin/sh
# Runs workerd (TSUGI_WORKERD) so that it dies with the process that started it,
# even by SIGKILL: else it would live on, holding the port and the database.
# Ctrl-C reaches the whole group of processes; ours ends workerd when it is done.
trap '' INT HUP
if setpriv --pdeathsig KILL true 2>/dev/null; then
  exec setpriv --pdeathsig KILL "$TSUGI_WORKERD" "$@"
fi
# Without setpriv (macOS, BusyBox): watch the parent. `exec` keeps the pid, $$.
parent=$PPID
(
  while kill -0 "$parent" && kill -0 $$; do sleep 1; done
  kill -9 $$
) </dev/null >/dev/null 2>&1 3>&- &
exec "$TSUGI_WORKERD" "$@"
