#!/bin/sh
# A server from a copy and the log that was archived after it, as it was at the end of the log or at an instant.
#
#   restore.sh COPY ARCHIVE DATA [INSTANT]      such as: restore.sh .../20270204T010000Z /srv/wal data '2027-02-04 07:59:00+00'
#
# DATA must not exist. Start the server afterwards: it reads the log, then takes writes. It waits for no standby; give it
# its standbys (README, "A standby") before the site is opened again.
set -eu
umask 077
copy=$1 archive=$2 data=$3 instant=${4:-}

[ ! -e "$data" ] || { echo "restore: $data exists" >&2; exit 1; }
pg_verifybackup --quiet "$copy"
cp -R "$copy" "$data"
chmod 700 "$data"
# The segment that was being received when the primary was lost has the ending .partial.
cat >> "$data/postgresql.auto.conf" <<CONF
restore_command = 'cp "$archive/%f" "%p" 2>/dev/null || cp "$archive/%f.partial" "%p"'
recovery_target_action = 'promote'
recovery_target_time = '$instant'
synchronous_standby_names = ''
CONF
touch "$data/recovery.signal"
