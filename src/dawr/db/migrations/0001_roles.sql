-- Roles: the owner makes tables, the application works in them, the reader looks.
do $$
begin
    if not exists (select from pg_roles where rolname = 'dawr_owner') then
        create role dawr_owner nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'dawr_app') then
        create role dawr_app nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'dawr_reader') then
        create role dawr_reader nologin;
    end if;
end
$$;

grant select on public.migration to dawr_app, dawr_reader;

do $$
begin
    execute format('grant dawr_owner, dawr_app, dawr_reader to %I', current_user);
    execute format('grant create on database %I to dawr_owner', current_database());
    execute format('alter default privileges for role dawr_owner grant usage on schemas to dawr_app, dawr_reader');
    execute format('alter default privileges for role dawr_owner grant select on tables to dawr_reader');
end
$$;
