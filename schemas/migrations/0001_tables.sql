-- The log is the truth; every other table of casework can be made again from it alone.
-- Columns that begin with an underscore are bookkeeping: two runs over the same input differ in nothing else.

CREATE TABLE IF NOT EXISTS schema_migrations
(
    version UInt32 COMMENT 'Number of the migration, 1, 2, 3 …',
    name String COMMENT 'Name of its file, without the number',
    _applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied, by the wall clock'
)
ENGINE = MergeTree
ORDER BY version
COMMENT 'Which migrations this store has seen; a store with a newer one than the program knows is refused';

CREATE TABLE IF NOT EXISTS deployments
(
    config_version String COMMENT 'Hash of the whole configuration',
    rules_version String COMMENT 'Hash of themes and keyword rules',
    policy_version String COMMENT 'Hash of the SLA policies',
    config String COMMENT 'The configuration itself, as canonical JSON' CODEC(ZSTD(1)),
    _deployment_id String COMMENT 'Shared with the recovery folder; a start with another one is refused',
    _execution UInt32 COMMENT 'The execution (start) that used this configuration first',
    _started_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When that was, by the wall clock'
)
ENGINE = MergeTree
ORDER BY config_version
COMMENT 'Every configuration that was ever in force, so that history is judged by the rules of its time';

CREATE TABLE IF NOT EXISTS territories
(
    code String COMMENT 'Territory code, as in configuration',
    name String COMMENT 'Name for people',
    level LowCardinality(String) COMMENT 'country, region or municipality',
    parent String COMMENT 'Code of the territory above it, empty for the top',
    path Array(String) COMMENT 'Codes from the top down to this territory, itself included',
    _version UInt64 COMMENT 'The highest one of a key counts',
    _deleted UInt8 DEFAULT 0 COMMENT '1 where configuration no longer lists it'
)
ENGINE = ReplacingMergeTree(_version, _deleted)
ORDER BY code
COMMENT 'The tree of places as configuration has it now';

CREATE TABLE IF NOT EXISTS incident_events
(
    event_id String COMMENT 'Hash of incident, kind and cause: the same fact has the same id after every crash',
    incident_id String COMMENT 'territory~theme~hash of the founding post; empty where the event belongs to a book only',
    book LowCardinality(String) COMMENT 'The casework it happened in',
    territory LowCardinality(String) COMMENT 'The most precise place known after the event',
    theme LowCardinality(String) COMMENT 'What the incident is about after the event',
    kind LowCardinality(String) COMMENT 'What happened, such as incident.opened or sla.breached',
    seq UInt32 COMMENT '1, 2, 3 … within the incident; 0 where there is none',
    occurred_at DateTime64(3, 'UTC') COMMENT 'Record time; for a timer, the instant it was due',
    cause String COMMENT 'Id of the post or decision, or the target of the timer',
    by String COMMENT 'Who decided; empty where nobody did',
    reason String COMMENT 'Why, in the words of who decided or of the book that refused',
    post_id String COMMENT 'The post that the event is about, or empty',
    details String COMMENT 'All else as JSON with sorted keys; under post the whole version of the post that came' CODEC(ZSTD(1)),
    status LowCardinality(String) COMMENT 'Of the incident after the event; empty where there is no incident',
    dormant Bool COMMENT 'No new posts join the incident',
    post_kind LowCardinality(String) COMMENT 'complaint, wish or question, of its founding post',
    posts UInt32 COMMENT 'How many posts it has after the event',
    first_post_id String COMMENT 'Its oldest post; empty once it has none',
    opened_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was opened',
    last_post_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Record time of the newest post that joined',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The response deadline that runs; null where none does',
    warned_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was warned about first',
    breached_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When a deadline passed first; a late answer does not clear it',
    answered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was answered',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was closed',
    organisation LowCardinality(String) COMMENT 'Who is in charge',
    merged_into String COMMENT 'The incident that absorbed it, or empty',
    policy_version LowCardinality(String) COMMENT 'The SLA policy that counts for it',
    _sink_partition UInt8 COMMENT 'The partition of the sink that wrote the row',
    _position UInt64 COMMENT '1, 2, 3 … within that partition; what lies beyond a snapshot is deleted at a resume',
    _execution UInt32 COMMENT 'The execution (start) that wrote the row',
    _written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When, by the wall clock',
    INDEX by_post post_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
ORDER BY (incident_id, seq, event_id)
COMMENT 'The log: everything that ever happened to an incident, with its state afterwards; append-only, the truth';

CREATE TABLE IF NOT EXISTS incidents
(
    incident_id String COMMENT 'territory~theme~hash of the founding post',
    book LowCardinality(String) COMMENT 'The casework it is in',
    territory LowCardinality(String) COMMENT 'The most precise place known for it, or unknown',
    theme LowCardinality(String) COMMENT 'What it is about',
    status LowCardinality(String) COMMENT 'new, accepted, assigned, answered, rejected, closed or merged',
    dormant Bool COMMENT 'No new posts join it',
    post_kind LowCardinality(String) COMMENT 'complaint, wish or question, of its founding post',
    posts UInt32 COMMENT 'How many posts it has now',
    first_post_id String COMMENT 'Its oldest post; empty once it has none',
    opened_at DateTime64(3, 'UTC') COMMENT 'When it was opened',
    last_post_at DateTime64(3, 'UTC') COMMENT 'Record time of the newest post that joined',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The response deadline that runs now; null where none does',
    warned_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was warned about first',
    breached_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When a deadline passed first; a late answer does not clear it',
    answered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was answered',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was closed',
    organisation LowCardinality(String) COMMENT 'Who is in charge',
    merged_into String COMMENT 'The incident that absorbed it, or empty',
    policy_version LowCardinality(String) COMMENT 'The SLA policy that counts for it',
    seq UInt32 COMMENT 'Number of its last event',
    last_event_at DateTime64(3, 'UTC') COMMENT 'When that happened',
    _sink_partition UInt8 COMMENT 'The partition of the sink that wrote the row',
    _position UInt64 COMMENT 'The place of its event in that partition',
    _version UInt64 COMMENT 'Execution times 2^40 plus position; the highest one of an incident counts',
    _deleted UInt8 DEFAULT 0 COMMENT '1 where a repair found nothing left of it'
)
ENGINE = ReplacingMergeTree(_version, _deleted)
ORDER BY incident_id
COMMENT 'Every incident as it is now; read it with FINAL';

CREATE TABLE IF NOT EXISTS posts
(
    post_id String COMMENT 'Id of the post, unique across networks',
    book LowCardinality(String) COMMENT 'The casework that has the post',
    incident_id String COMMENT 'The incident it is in now; empty if it is out of all',
    network LowCardinality(String) COMMENT 'vk, ok, telegram …',
    text String COMMENT 'Text of its newest version' CODEC(ZSTD(1)),
    url String COMMENT 'Where it can be read',
    author String COMMENT 'Pseudonym of its author; empty where unknown',
    author_key LowCardinality(String) COMMENT 'Id of the key that signed the pseudonym',
    published_at DateTime64(3, 'UTC') COMMENT 'When its author published it',
    registered_at DateTime64(3, 'UTC') COMMENT 'When its first version was registered; its clock counts from here',
    edited_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When its newest version was written; null for the first version',
    deleted Bool COMMENT 'Its author took it back',
    lang LowCardinality(String) COMMENT 'Language, as the collector gave it',
    territory LowCardinality(String) COMMENT 'Where it was placed; empty where the place is unknown',
    reported_territory String COMMENT 'A territory that the record names but configuration does not',
    lat Nullable(Float64) COMMENT 'Degrees north, where the record has a location',
    lon Nullable(Float64) COMMENT 'Degrees east, where the record has a location',
    in_reply_to String COMMENT 'The post that it replies to, or empty',
    views Nullable(UInt64) COMMENT 'As known when the version was collected',
    likes Nullable(UInt64) COMMENT 'As known when the version was collected',
    shares Nullable(UInt64) COMMENT 'As known when the version was collected',
    comments Nullable(UInt64) COMMENT 'As known when the version was collected',
    theme LowCardinality(String) COMMENT 'Its main theme; empty where no rule matches any more',
    post_kind LowCardinality(String) COMMENT 'complaint, wish or question',
    themes Array(LowCardinality(String)) COMMENT 'All themes that matched, the main one first',
    rules Array(LowCardinality(String)) COMMENT 'All rules that matched',
    words Array(Tuple(rule String, first UInt32, last UInt32)) COMMENT 'What decided: the rule, first character, the one after the last',
    rules_version LowCardinality(String) COMMENT 'The rule set that was in force',
    source LowCardinality(String) COMMENT 'The file or topic partition its newest version was read from',
    offset UInt64 COMMENT 'The line or offset there',
    _sink_partition UInt8 COMMENT 'The partition of the sink that wrote the row',
    _position UInt64 COMMENT 'The place of its event in that partition',
    _version UInt64 COMMENT 'Execution times 2^40 plus position; the highest one of a post counts',
    _deleted UInt8 DEFAULT 0 COMMENT '1 where a repair found nothing left of it'
)
ENGINE = ReplacingMergeTree(_version, _deleted)
ORDER BY (post_id, book)
SETTINGS index_granularity = 256
COMMENT 'Every post that was ever in an incident, in its newest version; read it with FINAL';

CREATE TABLE IF NOT EXISTS replies
(
    reply_id String COMMENT 'Hash of incident, post and decision',
    post_id String COMMENT 'The post that is replied to',
    book LowCardinality(String) COMMENT 'The casework it belongs to',
    incident_id String COMMENT 'The incident that was answered',
    network LowCardinality(String) COMMENT 'Where the reply has to be published',
    decision_id String COMMENT 'The decision that brought the answer',
    organisation LowCardinality(String) COMMENT 'Who answers',
    text String COMMENT 'The answer' CODEC(ZSTD(1)),
    requested_at DateTime64(3, 'UTC') COMMENT 'When it was asked for',
    status LowCardinality(String) COMMENT 'requested',
    _sink_partition UInt8 COMMENT 'The partition of the sink that wrote the row',
    _position UInt64 COMMENT 'The place of its event in that partition',
    _version UInt64 COMMENT 'Execution times 2^40 plus position; the highest one of a reply counts',
    _deleted UInt8 DEFAULT 0 COMMENT '1 where a repair found nothing left of it'
)
ENGINE = ReplacingMergeTree(_version, _deleted)
ORDER BY reply_id
COMMENT 'Every copy of an answer that goes to a post; read it with FINAL';

CREATE TABLE IF NOT EXISTS dead_letters
(
    source LowCardinality(String) COMMENT 'The file or topic partition it was read from',
    stream LowCardinality(String) COMMENT 'posts or decisions',
    offset UInt64 COMMENT 'The line or offset there',
    recorded_at DateTime64(3, 'UTC') COMMENT 'Record time, as far as it is known',
    reason String COMMENT 'What is wrong with it, naming the field',
    value String COMMENT 'Its bytes as they were; they need not be UTF-8, so read them with hex or base64Encode' CODEC(ZSTD(1)),
    _sink_partition UInt8 COMMENT 'The partition of the sink that wrote the row',
    _position UInt64 COMMENT 'Its place in that partition; what lies beyond a snapshot is deleted at a resume',
    _execution UInt32 COMMENT 'The execution (start) that wrote the row',
    _written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When, by the wall clock'
)
ENGINE = MergeTree
ORDER BY (source, offset)
COMMENT 'Records that could not be used, kept whole so that they can be mended and sent again';
