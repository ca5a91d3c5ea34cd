-- Once, as the superuser of a new server: psql -v ON_ERROR_STOP=1 -f roles.sql. Then a password for each login: \password
--
-- Three roles that nobody logs in as: the owner makes tables, the application works in them, the reader looks.
create role dawr_owner nologin;
create role dawr_app nologin;
create role dawr_reader nologin;

-- Two logins that work as the application from their first statement on, in UTC, through PgBouncer or without it. They
-- inherit nothing: without the role they could not even look. A page gives up soon; a draw of a million may take its time.
create role dawr_web login noinherit in role dawr_app connection limit 100;
alter role dawr_web set role = 'dawr_app';
alter role dawr_web set timezone = 'UTC';
alter role dawr_web set statement_timeout = '5s';
alter role dawr_web set lock_timeout = '2s';
alter role dawr_web set idle_in_transaction_session_timeout = '10s';

create role dawr_worker login noinherit in role dawr_app connection limit 60;
alter role dawr_worker set role = 'dawr_app';
alter role dawr_worker set timezone = 'UTC';
alter role dawr_worker set statement_timeout = '15min';
alter role dawr_worker set lock_timeout = '30s';
alter role dawr_worker set idle_in_transaction_session_timeout = '60s';

-- Migrations: may become the owner and hand the three roles their rights; makes no roles and reads no replication.
create role dawr_migrate login connection limit 2;
grant dawr_owner, dawr_app, dawr_reader to dawr_migrate with admin option;
alter role dawr_migrate set lock_timeout = '10s';

create role dawr_standby login replication connection limit 5;
create role dawr_backup login replication connection limit 4;

-- failover.py: sees how far each standby is, lets one take over, points the others at it. Reads no table.
create role dawr_failover login connection limit 4 in role pg_monitor;
grant alter system on parameter primary_conninfo to dawr_failover;

create database dawr owner dawr_migrate;
revoke all on database dawr from public;
grant connect on database dawr to dawr_web, dawr_worker, dawr_failover;

\connect dawr
grant execute on function pg_promote(boolean, integer), pg_reload_conf() to dawr_failover;
