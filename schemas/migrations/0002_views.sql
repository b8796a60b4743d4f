-- Views for people. «Now» in them is the time of the stream, the last instant that the log knows, never the wall
-- clock: a replay of last year's posts has to show what was overdue then.

CREATE OR REPLACE VIEW overdue AS
WITH (SELECT max(occurred_at) FROM incident_events) AS stream_now
SELECT
    incident_id,
    territory,
    theme,
    organisation,
    status,
    posts,
    due_at,
    round(dateDiff('second', due_at, stream_now) / 3600, 1) AS hours_overdue,
    leftUTF8(sample.text, 200) AS text
FROM
(
    SELECT * FROM incidents FINAL
    WHERE due_at <= (SELECT max(occurred_at) FROM incident_events)
) AS late
LEFT JOIN
(
    SELECT post_id AS first_post_id, book, text FROM posts FINAL
    WHERE (post_id, book) IN
    (
        SELECT first_post_id, book FROM incidents FINAL
        WHERE due_at <= (SELECT max(occurred_at) FROM incident_events)
    )
) AS sample USING (first_post_id, book)
ORDER BY due_at, incident_id
COMMENT 'Who still waits for an answer although the deadline has passed, the longest first?';

CREATE OR REPLACE VIEW triage_queue AS
WITH (SELECT max(occurred_at) FROM incident_events) AS stream_now
SELECT
    incident_id,
    territory,
    theme,
    post_kind,
    posts,
    opened_at,
    round(dateDiff('second', opened_at, stream_now) / 3600, 1) AS hours_waiting,
    due_at,
    organisation,
    leftUTF8(sample.text, 200) AS text
FROM
(
    SELECT * FROM incidents FINAL WHERE status = 'new' AND posts > 0
) AS fresh
LEFT JOIN
(
    SELECT post_id AS first_post_id, book, text FROM posts FINAL
    WHERE (post_id, book) IN (SELECT first_post_id, book FROM incidents FINAL WHERE status = 'new')
) AS sample USING (first_post_id, book)
ORDER BY due_at ASC NULLS LAST, posts DESC, incident_id
COMMENT 'What has nobody looked at yet, the most urgent first?';

CREATE OR REPLACE VIEW open_incidents AS
WITH (SELECT max(occurred_at) FROM incident_events) AS stream_now
SELECT
    incident_id,
    territory,
    theme,
    post_kind,
    status,
    dormant,
    posts,
    organisation,
    opened_at,
    last_post_at,
    due_at,
    due_at IS NOT NULL AND due_at <= stream_now AS is_overdue,
    breached_at,
    answered_at
FROM incidents FINAL
WHERE status NOT IN ('closed', 'rejected', 'merged')
ORDER BY opened_at, incident_id
COMMENT 'Which incidents are not finished yet, and where does each stand?';

CREATE OR REPLACE VIEW incidents_by_territory AS
SELECT
    places.code AS territory,
    places.name AS name,
    places.level AS level,
    places.parent AS parent,
    counts.incidents AS incidents,
    counts.open AS open,
    counts.overdue AS overdue,
    counts.answered AS answered,
    counts.breached AS breached,
    counts.posts AS posts
FROM
(
    SELECT code, name, level, parent, path FROM territories FINAL
    UNION ALL
    SELECT 'unknown', 'Unknown', 'unknown', '', ['~']
) AS places
LEFT JOIN
(
    SELECT
        arrayJoin(if(empty(tree.path), ['unknown'], tree.path)) AS code,
        count() AS incidents,
        countIf(status NOT IN ('closed', 'rejected')) AS open,
        countIf(due_at <= (SELECT max(occurred_at) FROM incident_events)) AS overdue,
        countIf(answered_at IS NOT NULL) AS answered,
        countIf(breached_at IS NOT NULL) AS breached,
        sum(incidents.posts) AS posts
    FROM (SELECT * FROM incidents FINAL WHERE status != 'merged') AS incidents
    LEFT JOIN (SELECT code, path FROM territories FINAL) AS tree ON tree.code = incidents.territory
    GROUP BY code
) AS counts USING (code)
ORDER BY places.path
COMMENT 'How much happens where? A row for every municipality, region and country, each with all that lies in it; incidents of unknown or no longer listed territories have a row of their own.';

CREATE OR REPLACE VIEW sla_compliance AS
SELECT
    organisation,
    theme,
    count() AS incidents,
    countIf(breached_at IS NULL AND answered_at IS NOT NULL) AS in_time,
    countIf(breached_at IS NOT NULL) AS late,
    countIf(breached_at IS NULL AND due_at IS NOT NULL) AS running,
    round(in_time / nullIf(in_time + late, 0), 3) AS share_in_time,
    round(quantileExactIf(0.5)(dateDiff('second', opened_at, answered_at), answered_at IS NOT NULL) / 3600, 1) AS median_hours_to_answer
FROM incidents FINAL
WHERE status NOT IN ('merged', 'rejected')
GROUP BY organisation, theme
ORDER BY organisation, theme
COMMENT 'Who answers in time? For every organisation and theme, how many incidents were answered before their deadline.';
