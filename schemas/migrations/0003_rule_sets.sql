-- History is judged by the rules of its time, so every version of them is kept with the record time that it counts from.

CREATE TABLE IF NOT EXISTS rule_sets
(
    rules_version String COMMENT 'Hash of the themes and rules; posts carry the one that they were judged by',
    valid_from DateTime64(3, 'UTC') COMMENT 'The record time from which on they are in force, until that of the next version; 1970 for always',
    content String COMMENT 'The themes and rules themselves, exclusions added, as canonical JSON' CODEC(ZSTD(1)),
    _noticed_by String COMMENT 'The host and process that noticed them in the configuration folder',
    _execution UInt32 COMMENT 'The execution (start) that it belonged to',
    _noticed_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When that was, by the wall clock'
)
ENGINE = MergeTree
ORDER BY (valid_from, _noticed_at)
COMMENT 'Every version of the rules that was ever in force; a replay judges by them';
