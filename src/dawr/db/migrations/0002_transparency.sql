set local role dawr_owner;

create schema transparency;

-- What features say, in the order in which they say it. The place in the tree comes later, from the sequencer.
create table transparency.entry (
    entry_id bigint generated always as identity,
    -- Numbers are given out in the order of asking, not of committing; only an entry whose transaction is older
    -- than every running one may be sequenced, so that none is ever passed over.
    transaction_id xid8 not null default pg_current_xact_id(),
    leaf text not null,
    constraint entry_has_one_number primary key (entry_id),
    constraint leaf_fits_a_bundle check (octet_length(leaf) between 2 and 65535)
);

create index entry_in_sequence on transparency.entry (transaction_id, entry_id);

-- An entry's place in the tree.
create table transparency.leaf (
    index bigint not null,
    entry_id bigint not null,
    constraint place_is_taken_once primary key (index),
    constraint entry_is_sequenced_once unique (entry_id),
    constraint leaf_is_an_entry foreign key (entry_id) references transparency.entry (entry_id),
    constraint place_is_not_negative check (index >= 0)
);

-- The tree at heights 0, 8, 16, ...: one row a hash, so that a tile of any width is a range and no row ever changes.
create table transparency.hash (
    level smallint not null,
    index bigint not null,
    hash bytea not null,
    constraint node_is_hashed_once primary key (level, index),
    constraint hash_is_sha256 check (octet_length(hash) = 32),
    constraint node_is_in_the_tree check (level between 0 and 7 and index >= 0)
);

-- Signed tree heads, a chain without a fork: each names the one that it extends, and only one may.
create table transparency.checkpoint (
    size bigint not null,
    previous_size bigint,
    root bytea not null,
    signed_at timestamptz not null,
    note text not null,
    constraint size_is_signed_once primary key (size),
    constraint checkpoint_has_one_successor unique nulls not distinct (previous_size),
    constraint checkpoint_follows_a_checkpoint foreign key (previous_size) references transparency.checkpoint (size),
    constraint checkpoint_grows check (size > coalesce(previous_size, 0)),
    constraint root_is_sha256 check (octet_length(root) = 32)
);

create table transparency.cosignature (
    checkpoint_size bigint not null,
    witness text not null,
    cosigned_at timestamptz not null,
    line text not null,
    constraint witness_cosigns_a_checkpoint_once primary key (checkpoint_size, witness),
    constraint cosignature_is_of_a_checkpoint foreign key (checkpoint_size) references transparency.checkpoint (size),
    constraint cosignature_is_one_line check (line !~ '\n')
);

create index cosignature_by_witness on transparency.cosignature (witness, checkpoint_size);

grant usage on schema transparency to dawr_app, dawr_reader;
-- Append-only by privilege. An entry's number and transaction are the server's to give, so only the leaf may be named.
grant select, insert (leaf) on transparency.entry to dawr_app;
grant select, insert on transparency.leaf, transparency.hash, transparency.checkpoint, transparency.cosignature to dawr_app;
grant select on all tables in schema transparency to dawr_reader;

reset role;
