-- Made by `node scripts/warehouse-views.ts`. For DuckDB, over views called events and profiles: docs/warehouse.md

CREATE OR REPLACE VIEW identity_map AS
SELECT (properties->>'absorbed') AS from_id, (properties->>'survivor') AS to_id,
  received_at AS changed_at, 'merge' AS how, message_id, outbox_seq
FROM events WHERE type LIKE '$%' AND type = '$merge'
UNION ALL
SELECT (properties->>'leaves'), (properties->>'leaves'), received_at, 'unmerge', message_id, outbox_seq
FROM events WHERE type LIKE '$%' AND type = '$unmerge'
UNION ALL
SELECT along.key, (along.value->>'$'), received_at, 'unmerge', message_id, outbox_seq
FROM (SELECT properties, received_at, message_id, outbox_seq
  FROM events WHERE type LIKE '$%' AND type = '$unmerge') AS undone, json_each(undone.properties->'along') AS along;

CREATE OR REPLACE VIEW identity_moves AS
SELECT (moved.value->>'from') AS from_id, (moved.value->>'to') AS to_id,
  (record.value->>0) AS message_id, make_timestamptz((record.value->>1)::bigint * 1000) AS received_at,
  outbox_seq
FROM (SELECT properties, received_at, message_id, outbox_seq
  FROM events WHERE type LIKE '$%' AND type = '$unmerge') AS undone, json_each(undone.properties->'moved') AS moved,
  json_each(moved.value->'records') AS record;

CREATE OR REPLACE VIEW persons AS
WITH RECURSIVE told AS (
  SELECT from_id, to_id, row_number() OVER (
    PARTITION BY from_id ORDER BY outbox_seq DESC, changed_at DESC, message_id DESC, how DESC) AS nth
  FROM identity_map
), pointers AS (
  SELECT from_id, to_id FROM told WHERE nth = 1 AND from_id <> to_id
), steps AS (
  SELECT from_id AS profile_id, to_id AS person_id, 1 AS step FROM pointers
  UNION ALL
  SELECT steps.profile_id, pointers.to_id, steps.step + 1
  FROM steps JOIN pointers ON pointers.from_id = steps.person_id WHERE steps.step < 1000
)
SELECT profile_id, person_id FROM steps
WHERE NOT EXISTS (SELECT 1 FROM pointers WHERE pointers.from_id = steps.person_id);

CREATE OR REPLACE VIEW person_events AS
SELECT coalesce(persons.person_id, moves.to_id, events.profile_id) AS person_id, events.*
FROM events AS events
LEFT JOIN (
  SELECT from_id, message_id, received_at, to_id, row_number() OVER (
    PARTITION BY from_id, message_id, received_at ORDER BY outbox_seq DESC) AS nth
  FROM identity_moves
) AS moves ON moves.from_id = events.profile_id AND moves.message_id = events.message_id
  AND moves.received_at = events.received_at AND moves.nth = 1
LEFT JOIN persons AS persons
  ON persons.profile_id = coalesce(moves.to_id, events.profile_id)
WHERE NOT events.late AND events.preview IS NOT TRUE;

CREATE OR REPLACE VIEW exposures AS
SELECT message_id, timestamp, received_at, profile_id, person_id, substr(event, 2) AS kind, (properties->>'decision') AS decision,
  (properties->>'exposure') AS exposure, (properties->>'placement') AS placement,
  (properties->>'policy') AS policy, (properties->>'action') AS action, (properties->>'arm') AS arm,
  (properties->>'position')::integer AS position, (properties->>'propensity')::double precision AS propensity,
  (properties->>'model') AS model, (properties->>'leaf') AS leaf,
  (properties->>'epoch')::integer AS decided_epoch, make_timestamptz((properties->>'atMs')::bigint * 1000) AS decided_at,
  properties->'experiments' AS experiments, source, outbox_seq
FROM person_events
WHERE type = 'track' AND event IN ('$served', '$impression', '$click', '$dismiss');

CREATE OR REPLACE VIEW decisions AS
SELECT logged.message_id, logged.timestamp, logged.received_at, logged.profile_id, logged.person_id,
  coalesce((told.value->>'decision'), (logged.properties->>'question') || ':' || (told.value->>'placement') || ':0') AS decision,
  (told.value->>'placement') AS placement, (told.value->>'policy') AS policy, (told.value->>'action') AS action,
  (told.value->>'reason') AS reason, (told.value->>'arm') AS arm,
  coalesce((told.value->>'propensity')::double precision, CASE WHEN (told.value->>'action') IS NOT NULL THEN 1 END) AS propensity,
  coalesce((told.value->>'model'), '0') AS model, coalesce((told.value->>'leaf'), '') AS leaf,
  logged.epoch AS decided_epoch,
  coalesce(told.value->'candidates', told.value->'actions', CASE WHEN (told.value->>'action') IS NULL THEN json_array() ELSE json_array((told.value->>'action')) END) AS candidates,
  coalesce(told.value->'actions', CASE WHEN (told.value->>'action') IS NULL THEN json_array() ELSE json_array((told.value->>'action')) END) AS actions,
  told.value->'instead' AS instead, told.value->'experiments' AS experiments,
  coalesce((logged.properties->>'replayable')::boolean, CASE WHEN (logged.properties->'decisions') IS NOT NULL THEN true END) AS is_replayable,
  logged.source, logged.outbox_seq
FROM (SELECT * FROM person_events WHERE type LIKE '$%' AND type = '$decision') AS logged,
  json_each(coalesce(logged.properties->'decisions', json_array(logged.properties::json))) AS told;

CREATE OR REPLACE VIEW rewards AS
SELECT message_id, timestamp, received_at, profile_id, person_id, (properties->>'goal') AS goal, (properties->>'exposure') AS exposure,
  (properties->>'value')::double precision AS value, (properties->>'currency') AS currency,
  (properties->>'first')::boolean AS is_first, (properties->>'refund')::boolean AS is_refund,
  make_timestamptz((properties->>'exposedMs')::bigint * 1000) AS exposed_at, make_timestamptz((properties->>'decidedMs')::bigint * 1000) AS decided_at,
  (properties->>'propensity')::double precision AS propensity, (properties->>'model') AS model,
  (properties->>'decidedEpoch')::integer AS decided_epoch, outbox_seq
FROM person_events WHERE type LIKE '$%' AND type = '$reward';

CREATE OR REPLACE VIEW segment_changes AS
SELECT message_id, timestamp, received_at, profile_id, person_id, (properties->>'segment') AS segment, (properties->>'change') AS change,
  (properties->>'why') AS why, (properties->>'segmentVersion') AS segment_version,
  coalesce((properties->>'exact')::boolean, true) AS is_exact, epoch, outbox_seq
FROM person_events WHERE type LIKE '$%' AND type = '$segment';

CREATE OR REPLACE VIEW deletions AS
SELECT message_id, timestamp, received_at, profile_id, person_id, properties, outbox_seq FROM person_events WHERE type LIKE '$%' AND type = '$forget';

CREATE OR REPLACE VIEW current_profiles AS
SELECT * FROM (
  SELECT DISTINCT ON (profile_id) * FROM profiles ORDER BY profile_id, taken_at DESC
) AS newest
WHERE NOT EXISTS (SELECT 1 FROM persons AS p WHERE p.profile_id = newest.profile_id)
  AND NOT EXISTS (SELECT 1 FROM deletions AS d WHERE d.person_id = newest.profile_id);
