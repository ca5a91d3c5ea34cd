#!/bin/sh
# A verified copy of the whole server, for restore.sh. The log that is written after it comes from dawr-archive.service.
#
#   backup.sh CONNINFO FOLDER [KEEP]      keeps the newest KEEP copies (7)
#
# The copies hold personal data: FOLDER lies on an encrypted disk, on no machine of the database. What is sealed in them
# can be read only with /etc/dawr/root, which is kept elsewhere.
set -eu
umask 077
conninfo=$1 folder=$2 keep=${3:-7}
name=$(date -u +%Y%m%dT%H%M%SZ)

mkdir -p "$folder"
rm -rf "$folder"/*.part
pg_basebackup --dbname="$conninfo" --pgdata="$folder/$name.part" --checkpoint=fast --wal-method=stream --no-password
pg_verifybackup --quiet "$folder/$name.part"
mv "$folder/$name.part" "$folder/$name"
ls -1d "$folder"/*Z | sort -r | tail -n "+$((keep + 1))" | while read -r old; do rm -rf "$old"; done
echo "$folder/$name"
