-- name: append
insert into transparency.entry (leaf)
values (%(leaf)s)
returning entry_id;

-- name: append_all
insert into transparency.entry (leaf)
select said.leaf
from unnest(%(leaves)s::text []) with ordinality as said (leaf, number)
order by said.number
returning entry_id;

-- name: lock_sequencer
select pg_advisory_xact_lock(hashtext('dawr log sequencer'));

-- name: last_sequenced
select
    leaf.entry_id,
    entry.transaction_id::text as transaction_id,
    entry.transaction_id >= pg_snapshot_xmin(pg_current_snapshot()) as is_from_the_future
from transparency.leaf
inner join transparency.entry on leaf.entry_id = entry.entry_id
order by leaf.index desc
limit 1;

-- name: unsequenced
select
    entry.entry_id,
    entry.leaf
from transparency.entry
where
    entry.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    and (entry.transaction_id, entry.entry_id) > (%(transaction_id)s::text::xid8, %(entry_id)s)
order by entry.transaction_id, entry.entry_id
limit %(entries_max)s;

-- name: place_leaves
insert into transparency.leaf (index, entry_id)
select
    %(first_index)s + place.ordinality - 1 as index,
    place.entry_id
from unnest(%(entry_ids)s::bigint []) with ordinality as place (entry_id, ordinality);

-- name: save_hashes
insert into transparency.hash (level, index, hash)
select
    %(level)s,
    %(first_index)s + node.ordinality - 1 as index,
    node.hash
from unnest(%(node_hashes)s::bytea []) with ordinality as node (hash, ordinality);

-- name: hashes_of_runs
select
    run.number,
    hash.hash
from unnest(%(levels)s::smallint [], %(firsts)s::bigint [], %(ends)s::bigint []) with ordinality as run (level, first, "end", number)
inner join transparency.hash on run.level = hash.level and run.first <= hash.index and run."end" > hash.index
order by run.number, hash.index;

-- name: entries_between
with place as (
    select
        leaf.index,
        leaf.entry_id
    from transparency.leaf
    where leaf.index >= %(first_index)s and leaf.index < %(end_index)s
)

select
    place.index,
    entry.leaf
from place
inner join transparency.entry on place.entry_id = entry.entry_id
order by place.index;

-- name: index_of
select leaf.index
from transparency.leaf
where leaf.entry_id = %(entry_id)s;

-- name: save_checkpoint
insert into transparency.checkpoint (size, previous_size, root, signed_at, note)
values (%(size)s, %(previous_size)s, %(root)s, %(signed_at)s, %(note)s);

-- name: latest_checkpoint
select
    checkpoint.size,
    checkpoint.root,
    checkpoint.signed_at,
    checkpoint.note
from transparency.checkpoint
order by checkpoint.size desc
limit 1;

-- name: first_checkpoint_over
select
    checkpoint.size,
    checkpoint.root,
    checkpoint.signed_at,
    checkpoint.note
from transparency.checkpoint
where checkpoint.size > %(index)s
order by checkpoint.size
limit 1;

-- name: first_witnessed_checkpoint_over
-- A slow witness may sign a checkpoint seconds after faster ones have signed its successors, so the first that is
-- complete is looked for among the first few that are.
with complete as (
    select
        cosignature.checkpoint_size,
        (array_agg(cosignature.cosigned_at order by cosignature.cosigned_at))[%(count)s] as complete_at
    from transparency.cosignature
    where cosignature.checkpoint_size > %(index)s and cosignature.witness = any(%(witnesses)s)
    group by cosignature.checkpoint_size
    having count(*) >= %(count)s
    order by cosignature.checkpoint_size
    limit 32
)

select
    checkpoint.size,
    checkpoint.root,
    checkpoint.signed_at,
    checkpoint.note
from complete
inner join transparency.checkpoint on complete.checkpoint_size = checkpoint.size
order by complete.complete_at, checkpoint.size
limit 1;

-- name: cosignatures_of
select
    cosignature.witness,
    cosignature.cosigned_at,
    cosignature.line
from transparency.cosignature
where cosignature.checkpoint_size = %(size)s
order by cosignature.cosigned_at, cosignature.witness;

-- name: save_cosignature
insert into transparency.cosignature (checkpoint_size, witness, cosigned_at, line)
values (%(size)s, %(witness)s, %(cosigned_at)s, %(line)s)
on conflict (checkpoint_size, witness) do nothing;

-- name: last_cosigned_by
select
    cosignature.checkpoint_size as size,
    cosignature.cosigned_at
from transparency.cosignature
where cosignature.witness = %(witness)s
order by cosignature.checkpoint_size desc
limit 1;
