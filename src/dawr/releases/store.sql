-- name: insert_release
insert into releases.release
(service_id, draw_id, rules, places_csv, opens_at, freezes_at, moves_until, rules_entry_id)
values (
    %(service_id)s, %(draw_id)s, %(rules)s, %(places_csv)s, %(opens_at)s, %(freezes_at)s, %(moves_until)s,
    %(rules_entry_id)s
);

-- name: insert_round
insert into releases.round (service_id, draw_id, round, announced_at, entry_id)
values (%(service_id)s, %(draw_id)s, %(round)s, %(now)s, %(entry_id)s);

-- name: release
select
    release.rules, release.rules_entry_id, release.frozen_at, release.freeze_entry_id, release.list_root,
    release.entrants, release.entrants_by_class, release.drawn_at, release.randomness, release.signature,
    release.seed, release.result_entry_id, release.offered_at, release.unwanted_places, release.closed_at,
    (
        select max(round.round)
        from releases.round
        where round.service_id = release.service_id and round.draw_id = release.draw_id
    ) as round
from releases.release
where release.service_id = %(service_id)s and release.draw_id = %(draw_id)s;

-- name: releases
select
    release.rules, release.rules_entry_id, release.frozen_at, release.freeze_entry_id, release.list_root,
    release.entrants, release.entrants_by_class, release.drawn_at, release.randomness, release.signature,
    release.seed, release.result_entry_id, release.offered_at, release.unwanted_places, release.closed_at,
    (
        select max(round.round)
        from releases.round
        where round.service_id = release.service_id and round.draw_id = release.draw_id
    ) as round
from releases.release
where %(service_id)s = '' or release.service_id = %(service_id)s
order by release.closed_at nulls first, release.freezes_at desc, release.draw_id
limit 200;

-- name: unfinished
select service_id, draw_id
from releases.release
where closed_at is null and freezes_at <= %(now)s
order by freezes_at, draw_id
limit 1000;

-- name: open_releases
select service_id, draw_id
from releases.release
where frozen_at is null and opens_at <= %(now)s
order by freezes_at, draw_id
limit 1000;

-- name: rounds
select round, announced_at, entry_id
from releases.round
where service_id = %(service_id)s and draw_id = %(draw_id)s
order by round;

-- name: places_csv
select places_csv
from releases.release
where service_id = %(service_id)s and draw_id = %(draw_id)s;

-- name: lock_release
select 1 as locked
from releases.release
where service_id = %(service_id)s and draw_id = %(draw_id)s
for update;

-- name: hold_open
select
    release.rules, release.rules_entry_id, release.frozen_at, release.freeze_entry_id, release.list_root,
    release.entrants, release.entrants_by_class, release.drawn_at, release.randomness, release.signature,
    release.seed, release.result_entry_id, release.offered_at, release.unwanted_places, release.closed_at,
    (
        select max(round.round)
        from releases.round
        where round.service_id = release.service_id and round.draw_id = release.draw_id
    ) as round
from releases.release
where
    (release.service_id, release.draw_id) in (
        select asked.service_id, asked.draw_id
        from unnest(%(service_ids)s::text [], %(draw_ids)s::text []) as asked (service_id, draw_id)
    )
order by release.service_id, release.draw_id
for key share of release;

-- name: standings
select
    found.label, found.line, found.version, found.entered_at, found.asked_key, found.has_past_entry,
    found.is_in_another_draw, found.has_entered_before
from json_to_recordset(%(asking)s::json) as asking (number integer, service_id text, draw_id text, person_id uuid)
cross join lateral (
    -- Materialized, and without a word of the draw, so that the person's few entries are looked up and never the
    -- entries of a whole draw, to which the index of its labels leads too.
    with theirs as materialized (
        select
            entrant.draw_id, entrant.label, entrant.line, entrant.version, entrant.entered_at, entrant.asked_key,
            entrant.is_live
        from releases.entrant
        where entrant.person_id = asking.person_id and entrant.service_id = asking.service_id
    ),
    elsewhere as (
        select
            count(*) > 0 as has_entered_before,
            coalesce(bool_or(theirs.is_live and (release.drawn_at is not null or release.closed_at is not null)), false)
                as has_past_entry,
            coalesce(bool_or(theirs.is_live and release.drawn_at is null and release.closed_at is null), false)
                as is_in_another_draw
        from theirs
        inner join releases.release
            on release.service_id = asking.service_id and release.draw_id = theirs.draw_id
        where theirs.draw_id <> asking.draw_id
    )
    select
        own.label, own.line, own.version, own.entered_at, own.asked_key, elsewhere.has_past_entry,
        elsewhere.is_in_another_draw, elsewhere.has_entered_before
    from elsewhere
    left join theirs as own on own.draw_id = asking.draw_id
) as found
order by asking.number;

-- name: credentials
select
    array(
        select distinct class_grant.draw_class
        from releases.class_grant
        left join releases.class_revocation using (service_id, grant_id)
        where
            class_grant.service_id = asking.service_id and class_grant.person_id = asking.person_id
            and class_grant.until_on > %(day_on)s and class_revocation.grant_id is null
        order by class_grant.draw_class
    ) as classes,
    (
        with own_entries as materialized (
            select entrant.service_id, entrant.draw_id, entrant.label
            from releases.entrant
            where entrant.person_id = asking.person_id and entrant.service_id = asking.service_id
        ),
        last_draws as (
            select own_entries.service_id, own_entries.draw_id, own_entries.label, release.drawn_at
            from own_entries
            inner join releases.release using (service_id, draw_id)
            where release.drawn_at is not null
            order by release.drawn_at desc
            limit %(credit_max)s
        ),
        outcome as (
            select last_draws.drawn_at, result.place is not null or offer.rank is not null as is_success
            from last_draws
            cross join lateral (
                select label_range.ranks
                from releases.label_range
                where
                    label_range.service_id = last_draws.service_id and label_range.draw_id = last_draws.draw_id
                    and label_range.first_label <= last_draws.label
                order by label_range.first_label desc
                limit 1
            ) as neighbour
            inner join releases.result
                on
                    result.service_id = last_draws.service_id and result.draw_id = last_draws.draw_id
                    and result.rank = any(neighbour.ranks) and result.label = last_draws.label
            left join releases.offer
                on
                    offer.service_id = result.service_id and offer.draw_id = result.draw_id
                    and offer.rank = result.rank
        )
        select count(*)
        from outcome
        where
            outcome.drawn_at
            > coalesce((select max(outcome.drawn_at) from outcome where outcome.is_success), '-infinity')
    ) as losses
from unnest(%(service_ids)s::text [], %(person_ids)s::uuid []) with ordinality as asking (service_id, person_id, number)
order by asking.number;

-- name: watched
select
    own.label, own.line, own.version, own.entered_at, release.freezes_at, release.frozen_at, release.drawn_at,
    release.closed_at, offered.place as offered_place
from json_to_recordset(%(asking)s::json) as asking (number integer, service_id text, draw_id text, person_id uuid)
left join lateral (
    -- As in standings: looked up by the person.
    with theirs as materialized (
        select entrant.draw_id, entrant.label, entrant.line, entrant.version, entrant.entered_at
        from releases.entrant
        where entrant.person_id = asking.person_id and entrant.service_id = asking.service_id
    )
    select theirs.label, theirs.line, theirs.version, theirs.entered_at
    from theirs
    where theirs.draw_id = asking.draw_id
) as own on true
left join releases.release
    on release.service_id = asking.service_id and release.draw_id = asking.draw_id and own.label is not null
left join lateral (
    with theirs as materialized (
        select offer.draw_id, offer.place
        from releases.offer
        where offer.person_id = asking.person_id and offer.service_id = asking.service_id
    )
    select theirs.place
    from theirs
    where theirs.draw_id = asking.draw_id
) as offered on true
order by asking.number;

-- name: end_past_entries
update releases.entrant set is_live = false
from unnest(%(service_ids)s::text [], %(person_ids)s::uuid []) as asking (service_id, person_id)
where
    entrant.service_id = asking.service_id and entrant.person_id = asking.person_id and entrant.is_live
    and exists (
        select from releases.release
        where
            release.service_id = entrant.service_id and release.draw_id = entrant.draw_id
            and (release.drawn_at is not null or release.closed_at is not null)
    );

-- name: insert_entrants
insert into releases.entrant (service_id, draw_id, person_id, label, line, entered_at, asked_key)
select
    asking.service_id, asking.draw_id, asking.person_id, asking.label, asking.line, asking.entered_at,
    decode(asking.asked_key, 'base64')
from
    json_to_recordset(%(asking)s::json) as asking (
        service_id text, draw_id text, person_id uuid, label text, line text, entered_at timestamptz, asked_key text
    )
where not exists (
    select from releases.ended_receipt
    where
        ended_receipt.service_id = asking.service_id and ended_receipt.draw_id = asking.draw_id
        and ended_receipt.label = asking.label
)
-- In one order, so that two batches with the same people wait for each other and never in a circle.
order by asking.service_id, asking.person_id
on conflict do nothing
returning draw_id, label;

-- name: lock_entrant
select 1 as locked
from releases.entrant
where service_id = %(service_id)s and draw_id = %(draw_id)s and person_id = %(person_id)s
for update;

-- name: insert_ended_receipt
insert into releases.ended_receipt
(service_id, draw_id, label, version, receipt_sha256, is_withdrawal, ended_at, entry_id)
values (
    %(service_id)s, %(draw_id)s, %(label)s, %(version)s, %(receipt_sha256)s, %(is_withdrawal)s, %(now)s, %(entry_id)s
);

-- name: ended_receipts
select label, version, receipt_sha256, is_withdrawal, ended_at, entry_id
from releases.ended_receipt
where service_id = %(service_id)s and draw_id = %(draw_id)s and label = %(label)s
order by version
limit 100;

-- name: change_line
update releases.entrant set line = %(line)s, version = version + 1, entered_at = %(now)s
where service_id = %(service_id)s and draw_id = %(draw_id)s and person_id = %(person_id)s;

-- name: delete_entrant
delete from releases.entrant
where service_id = %(service_id)s and draw_id = %(draw_id)s and person_id = %(person_id)s;

-- name: entry
select
    entrant.service_id, entrant.draw_id, entrant.person_id, entrant.label, entrant.line, entrant.version,
    entrant.entered_at,
    entrant.is_live and release.drawn_at is null and release.closed_at is null as is_live
from releases.entrant
inner join releases.release using (service_id, draw_id)
where entrant.service_id = %(service_id)s and entrant.draw_id = %(draw_id)s and entrant.person_id = %(person_id)s;

-- name: line_of
select line
from releases.entrant
where service_id = %(service_id)s and draw_id = %(draw_id)s and label = %(label)s;

-- name: entries_of
select
    entrant.service_id, entrant.draw_id, entrant.person_id, entrant.label, entrant.line, entrant.version,
    entrant.entered_at,
    entrant.is_live and release.drawn_at is null and release.closed_at is null as is_live
from releases.entrant
inner join releases.release using (service_id, draw_id)
where entrant.person_id = %(person_id)s
order by entrant.entered_at desc
limit 100;

-- name: count_entrants
select count(*) as entrants
from releases.entrant
where service_id = %(service_id)s and draw_id = %(draw_id)s;

-- name: first_choices
select split_part(split_part(line, e'\t', 4), ' ', 1) as place, count(*) as entrants
from releases.entrant
where service_id = %(service_id)s and draw_id = %(draw_id)s
group by split_part(split_part(line, e'\t', 4), ' ', 1)
order by split_part(split_part(line, e'\t', 4), ' ', 1);

-- name: freeze_list
insert into releases.frozen_list (service_id, draw_id, part, first_label, lines)
select
    %(service_id)s, %(draw_id)s, sorted.part, split_part(min(sorted.line), e'\t', 1),
    string_agg(sorted.line || e'\n', '' order by sorted.line)
from (
    select
        entrant.line collate "C" as line,
        (row_number() over (order by entrant.line collate "C") - 1) / %(lines_in_part)s as part
    from releases.entrant
    where entrant.service_id = %(service_id)s and entrant.draw_id = %(draw_id)s
) as sorted
group by sorted.part;

-- name: frozen_parts
select lines
from releases.frozen_list
where service_id = %(service_id)s and draw_id = %(draw_id)s
order by part;

-- name: part_of_label
select frozen_list.part, frozen_list.lines, release.part_roots
from releases.frozen_list
inner join releases.release using (service_id, draw_id)
where
    frozen_list.service_id = %(service_id)s and frozen_list.draw_id = %(draw_id)s
    and frozen_list.first_label <= %(label)s
order by frozen_list.first_label desc
limit 1;

-- name: copy_results
copy releases.result (service_id, draw_id, rank, label, place, seat_class, waiting_number) from stdin;

-- name: copy_shares
copy releases.share (service_id, draw_id, place, seat_class, ranks) from stdin;

-- name: copy_label_ranges
copy releases.label_range (service_id, draw_id, first_label, ranks) from stdin;

-- name: save_freeze
update releases.release
set frozen_at = %(now)s, freeze_entry_id = %(freeze_entry_id)s, list_root = %(list_root)s,
    part_roots = %(part_roots)s, entrants = %(entrants)s, entrants_by_class = %(entrants_by_class)s
where service_id = %(service_id)s and draw_id = %(draw_id)s;

-- name: save_draw
update releases.release
set drawn_at = %(now)s, randomness = %(randomness)s, signature = %(signature)s, seed = %(seed)s,
    result_entry_id = %(result_entry_id)s
where service_id = %(service_id)s and draw_id = %(draw_id)s;

-- name: save_demand
update releases.release set demand = %(demand)s
where service_id = %(service_id)s and draw_id = %(draw_id)s;

-- name: demand
select demand
from releases.release
where service_id = %(service_id)s and draw_id = %(draw_id)s;

-- name: winners_without_offer
select result.rank, entrant.person_id, result.place, result.seat_class
from releases.result
inner join releases.entrant using (service_id, draw_id, label)
left join releases.offer using (service_id, draw_id, rank)
where
    result.service_id = %(service_id)s and result.draw_id = %(draw_id)s and result.place is not null
    and offer.rank is null
order by result.rank
limit %(count_max)s;

-- name: insert_offers
insert into releases.offer
(service_id, draw_id, rank, place, seat_class, person_id, booking_id, waiting_number, offered_at)
select
    result.service_id, result.draw_id, result.rank, made.place, made.seat_class, made.person_id, made.booking_id,
    result.waiting_number, %(now)s
from unnest(
    %(ranks)s::integer [], %(places)s::text [], %(seat_classes)s::text [], %(person_ids)s::uuid [], %(booking_ids)s::uuid []
) as made (rank, place, seat_class, person_id, booking_id)
inner join releases.result
    on result.service_id = %(service_id)s and result.draw_id = %(draw_id)s and result.rank = made.rank;

-- name: mark_offered
update releases.release set offered_at = %(now)s
where service_id = %(service_id)s and draw_id = %(draw_id)s and offered_at is null;

-- name: mark_unwanted
update releases.release set unwanted_places = unwanted_places || %(places)s::text []
where service_id = %(service_id)s and draw_id = %(draw_id)s;

-- name: mark_closed
update releases.release set closed_at = %(now)s
where service_id = %(service_id)s and draw_id = %(draw_id)s and closed_at is null;

-- name: reserved_shares
select place, seat_class, cardinality(ranks) as seats
from releases.share
where service_id = %(service_id)s and draw_id = %(draw_id)s and seat_class <> ''
order by place, seat_class;

-- name: reserved_offers
select place, seat_class, booking_id
from releases.offer
where service_id = %(service_id)s and draw_id = %(draw_id)s and seat_class <> '' and booking_id is not null;

-- name: waiting
select result.rank, entrant.person_id, entrant.line
from releases.result
inner join releases.entrant using (service_id, draw_id, label)
left join releases.offer using (service_id, draw_id, rank)
where
    result.service_id = %(service_id)s and result.draw_id = %(draw_id)s and result.place is null and offer.rank is null
    and %(draw_class)s in ('', split_part(entrant.line, e'\t', 2))
    and (
        split_part(entrant.line, e'\t', 4) = ''
        or string_to_array(split_part(entrant.line, e'\t', 4), ' ') && %(places)s
    )
order by result.rank
limit %(count_max)s;

-- name: ranked
select rank, label, place, seat_class
from releases.result
where
    service_id = %(service_id)s and draw_id = %(draw_id)s and label = %(label)s
    and rank = any(
        (
            select label_range.ranks
            from releases.label_range
            where
                label_range.service_id = %(service_id)s and label_range.draw_id = %(draw_id)s
                and label_range.first_label <= %(label)s
            order by label_range.first_label desc
            limit 1
        )::integer []
    );

-- name: ranked_page
select rank, label, place, seat_class
from releases.result
where service_id = %(service_id)s and draw_id = %(draw_id)s and rank > %(after)s
order by rank
limit %(count_max)s;

-- name: result_counts
select
    release.entrants - coalesce(last_waiting.waiting_number, 0) as seated,
    coalesce(last_waiting.waiting_number, 0) as waiting
from releases.release
left join lateral (
    select result.waiting_number
    from releases.result
    where
        result.service_id = release.service_id and result.draw_id = release.draw_id
        and result.waiting_number is not null
    order by result.rank desc
    limit 1
) as last_waiting on true
where release.service_id = %(service_id)s and release.draw_id = %(draw_id)s;

-- name: taken_before
select share.place, count(*) as seats
from releases.share
cross join lateral unnest(share.ranks) as given (rank)
where
    share.service_id = %(service_id)s and share.draw_id = %(draw_id)s and share.place = any(%(places)s)
    and share.seat_class = '' and given.rank < %(rank)s
group by share.place;

-- name: reserved_in_all
select place, sum(cardinality(ranks)) as seats
from releases.share
where service_id = %(service_id)s and draw_id = %(draw_id)s and seat_class <> ''
group by place;

-- name: offered_place
select place
from releases.offer
where service_id = %(service_id)s and draw_id = %(draw_id)s and rank = %(rank)s;

-- name: offers_of
select draw_id, service_id, rank, place, booking_id, offered_at
from releases.offer
where person_id = %(person_id)s
order by offered_at desc
limit 100;

-- name: waiting_before
select
    result.waiting_number - 1 - (
        select count(*)
        from releases.offer
        where
            offer.service_id = result.service_id and offer.draw_id = result.draw_id
            and offer.waiting_number < result.waiting_number
    ) as people
from releases.result
where result.service_id = %(service_id)s and result.draw_id = %(draw_id)s and result.rank = %(rank)s;

-- name: grant_class
insert into releases.class_grant
(
    service_id, grant_id, person_id, office_id, draw_class, evidence, granted_by, granted_at, until_on, log_entry_id,
    log_salt
)
values
(
    %(service_id)s, %(grant_id)s, %(person_id)s, %(office_id)s, %(draw_class)s, %(evidence)s, %(granted_by)s,
    %(granted_at)s, %(until_on)s, %(log_entry_id)s, %(log_salt)s
);

-- name: class_grant
select service_id, grant_id, person_id, office_id, draw_class, evidence, granted_by, granted_at, until_on
from releases.class_grant
where service_id = %(service_id)s and grant_id = %(grant_id)s;

-- name: class_grants_at
select
    class_grant.service_id, class_grant.grant_id, class_grant.person_id, class_grant.office_id, class_grant.draw_class,
    class_grant.evidence, class_grant.granted_by, class_grant.granted_at, class_grant.until_on
from releases.class_grant
left join releases.class_revocation using (service_id, grant_id)
where
    class_grant.office_id = %(office_id)s and class_grant.until_on > %(day_on)s
    and class_revocation.grant_id is null
order by class_grant.granted_at desc, class_grant.grant_id
limit 100;

-- name: revoke_class
insert into releases.class_revocation (service_id, grant_id, reason, revoked_by, revoked_at, log_entry_id, log_salt)
values (%(service_id)s, %(grant_id)s, %(reason)s, %(revoked_by)s, %(now)s, %(log_entry_id)s, %(log_salt)s);

-- name: invent_entrants
insert into releases.entrant (service_id, draw_id, person_id, label, line, entered_at)
select
    %(service_id)s, %(draw_id)s, gen_random_uuid(), invented.label,
    concat_ws(e'\t', invented.label, invented.draw_class, invented.credit, array_to_string(array[
        listed.ids[1 + invented.first],
        listed.ids[1 + mod(invented.first + 1 + invented.step, listed.n)],
        listed.ids[1 + mod(invented.first + 1 + listed.n / 2 + invented.step, listed.n)]
    ], ' ')),
    %(now)s
from (
    select %(places)s::text [] as ids, cardinality(%(places)s::text []) as n, %(classes)s::text [] as classes
) as listed
cross join lateral (
    select
        upper(left(md5(number::text), 11)) as label,
        case when random() < 0.1 then listed.classes[1 + mod(number, cardinality(listed.classes))] else '' end
            as draw_class,
        case when random() < 0.5 then mod(number, 4) else 0 end as credit,
        -- The square of an even chance: some places are wanted much more than others.
        floor(power(random(), 2) * listed.n)::integer as first,
        floor(random() * (listed.n / 2 - 1))::integer as step
    from generate_series(1, %(entrants)s) as number
) as invented;
