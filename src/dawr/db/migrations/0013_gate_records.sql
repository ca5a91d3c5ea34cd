-- What devices at a gate recorded, what came of it, and what two people make of a guard's figures.
set local role dawr_owner;

-- The signed text is the truth; the columns after it are what was read out of it, so that it can be counted.
create table gates.record (
    device_id uuid not null,
    n integer not null,
    text bytea not null,
    signature bytea not null,
    previous bytea not null,
    hash bytea not null generated always as (sha256(text)) stored,
    follows integer generated always as (nullif(n - 1, 0)) stored,
    office_id text not null,
    shift_id uuid not null,
    guard_id uuid not null,
    scan_id uuid,
    kind text not null,
    facts jsonb not null,
    happened_at timestamptz not null,
    taken_at timestamptz not null,
    constraint record_is_taken_once primary key (device_id, n),
    constraint record_is_known_by_its_hash unique (device_id, n, hash),
    constraint records_follow_each_other
    foreign key (device_id, follows, previous) references gates.record (device_id, n, hash),
    constraint the_first_record_follows_its_device
    check (n > 1 or previous = sha256(convert_to('device|' || device_id::text, 'UTF8'))),
    constraint records_are_counted_from_one check (n > 0),
    constraint record_is_bounded check (octet_length(text) <= 4000),
    constraint record_signature_is_64_bytes check (octet_length(signature) = 64),
    constraint record_facts_are_the_signed_text check (facts = convert_from(text, 'UTF8')::jsonb),
    constraint record_stands_where_its_text_says check (
        facts ->> 'n' = n::text and facts ->> 'device' = device_id::text and facts ->> 'shift' = shift_id::text
        and facts ->> 'kind' = kind and facts ->> 'scan' is not distinct from scan_id::text
    ),
    constraint record_does_not_come_from_the_future check (happened_at <= taken_at),
    constraint record_is_of_a_device foreign key (device_id) references gates.device,
    constraint record_is_of_a_shift foreign key (shift_id) references gates.shift
);
create index record_by_time on gates.record (office_id, happened_at);
create index record_by_scan on gates.record (device_id, scan_id, n) where scan_id is not null;

-- A device that told two stories. The one that came first is merged; the other stands here for good.
create table gates.fork (
    device_id uuid not null,
    n integer not null,
    text bytea not null,
    signature bytea not null,
    seen_at timestamptz not null,
    constraint one_fork_kept_per_number primary key (device_id, n),
    constraint fork_is_of_a_record foreign key (device_id, n) references gates.record,
    constraint fork_is_bounded check (octet_length(text) <= 4000 and octet_length(signature) = 64)
);

-- What came of a record once its turn was there. `contested` says why a branch head should look at it.
create table gates.merged (
    device_id uuid not null,
    n integer not null,
    office_id text not null,
    contested text,
    -- Of a scan: where its ticket was really sent, whatever the device said.
    ticket_lane smallint,
    -- Of a decision to admit: whether the day's secret asked for another officer's look.
    is_second_look_due boolean,
    is_decoy_due boolean,
    merged_at timestamptz not null,
    constraint record_is_merged_once primary key (device_id, n),
    constraint merged_record_was_taken foreign key (device_id, n) references gates.record,
    constraint contest_is_known check (contested in (
        'admitted_before', 'turn_over', 'not_now_or_not_here', 'unknown_ticket', 'not_answered', 'not_allowed',
        'code_used_before', 'own_code', 'not_an_officer', 'no_such_number', 'out_of_order', 'code_refused', 'mismatched_before'
    ))
);
create index contested_by_office on gates.merged (office_id, merged_at) where contested is not null;

-- Each number of an officer's sheet is good once; in one scan the same officer may try twice.
create table gates.code_use (
    office_id text not null,
    day_on date not null,
    officer_id uuid not null,
    number smallint not null,
    guard_id uuid not null,
    device_id uuid not null,
    n integer not null,
    scan_id uuid,
    constraint each_code_is_used_once primary key (office_id, day_on, officer_id, number),
    constraint nobody_uses_his_own_code_on_himself check (officer_id <> guard_id),
    constraint codes_are_numbered check (number between 1 and 400),
    constraint code_use_was_recorded foreign key (device_id, n) references gates.record
);

-- A concern that somebody began to review, as it stood then; its probability is a fraction in lowest terms.
create table gates.review (
    review_id uuid not null default gen_random_uuid() constraint review_is_begun_once primary key,
    office_id text not null,
    guard_id uuid not null,
    measure text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    found integer not null,
    total integer not null,
    odds integer not null,
    begun_at timestamptz not null,
    constraint one_review_per_concern unique (office_id, guard_id, measure, ends_at),
    constraint review_is_of_one_guard unique (review_id, guard_id),
    constraint review_is_of_a_period check (starts_at < ends_at),
    constraint review_is_of_a_rate check (found between 2 and total),
    constraint review_is_of_what_chance_hardly_explains check (odds >= 100),
    constraint reviewed_measure_is_known check (measure in (
        'decoys_missed', 'mismatches_charged', 'second_looks_failed', 'second_looks_left_out', 'wrong_first_tries',
        'quick_answers', 'out_of_lane', 'names_denied', 'decoys_left_out', 'visitors_left'
    ))
);
create index review_by_guard on gates.review (guard_id, ends_at);
create index review_by_office on gates.review (office_id, begun_at);

create table gates.opinion (
    review_id uuid not null,
    place smallint not null,
    reviewer_id uuid not null,
    guard_id uuid not null,
    is_upheld boolean not null,
    reason text not null,
    given_at timestamptz not null,
    log_entry_id bigint not null,
    log_salt bytea not null,
    constraint each_opinion_has_its_place primary key (review_id, place),
    constraint two_people_review unique (review_id, reviewer_id),
    constraint two_opinions_are_enough check (place between 1 and 2),
    constraint nobody_reviews_himself check (reviewer_id <> guard_id),
    constraint opinion_is_of_a_review foreign key (review_id, guard_id) references gates.review (review_id, guard_id),
    constraint opinion_has_a_reason check (char_length(reason) between 1 and 1000)
);

-- What the guard says to it, in his own words.
create table gates.guard_answer (
    review_id uuid not null,
    place smallint not null,
    guard_id uuid not null,
    words text not null,
    answered_at timestamptz not null,
    constraint each_answer_has_its_place primary key (review_id, place),
    constraint a_guard_answers_a_few_times check (place between 1 and 5),
    constraint answer_is_of_the_guard_concerned
    foreign key (review_id, guard_id) references gates.review (review_id, guard_id),
    constraint answer_has_words check (char_length(words) between 1 and 2000)
);

grant select, insert on
gates.record, gates.fork, gates.merged, gates.code_use, gates.review, gates.opinion, gates.guard_answer
to dawr_app;
grant select on
gates.record, gates.fork, gates.merged, gates.code_use, gates.review, gates.opinion, gates.guard_answer
to dawr_reader;

reset role;
