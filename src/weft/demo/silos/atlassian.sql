-- Atlassian: versions as a weekly XML snapshot (the planned date is overwritten there), issues as JSON.
CREATE TABLE versions AS
WITH v AS (
  SELECT n, pick(['LOOM', 'SHUT', 'CARE'], n, 'p') AS project, getvariable('first_day') + (n * 21)::INTEGER AS start,
    60 + dice(n, 'plan', 30) AS plan, CASE WHEN dice(n, 'ontime', 100) < 48 THEN -dice(n, 'early', 5) ELSE 3 + dice(n, 'slips', 45) END AS slip
  FROM range(48) AS t(n)
)
SELECT *, (10000 + n)::VARCHAR AS id, concat(map {'LOOM': 'Loom OS', 'SHUT': 'Shuttle', 'CARE': 'Care Portal'}[project], ' ', 3 + n // 12, '.', n % 12) AS name,
  (start + plan::INTEGER)::DATE AS planned, (start + (plan + slip)::INTEGER)::DATE AS released FROM v;
CREATE TABLE version_snapshots AS
SELECT v.id, v.name, v.project, v.n, d.day, v.start, released <= d.day AS released,
  CASE WHEN d.day >= v.released THEN v.released WHEN d.day < v.start + 40 THEN v.planned ELSE greatest(v.planned, v.released) END AS release_date
FROM versions v JOIN days d ON dayofweek(d.day) = 1 AND d.day >= v.start;

COPY (
  SELECT (20000 + i.n)::VARCHAR AS id, concat(v.project, '-', i.n) AS key, {
    'summary': concat(pick(['Crash in', 'Improve', 'Document', 'Speed up'], i.n, 'su'), ' ', pick(['warp', 'shed', 'reed', 'beam'], i.n, 'su2')),
    'issuetype': {'name': kind}, 'status': {'name': CASE WHEN done THEN 'Done' ELSE pick(['To Do', 'In Progress'], i.n, 'st') END},
    'priority': {'name': pick(['Highest', 'High', 'Medium', 'Low'], i.n, 'pr')},
    'created': strftime(created, '%Y-%m-%dT10:00:00.000+0000'),
    'resolutiondate': CASE WHEN done THEN strftime(resolved, '%Y-%m-%dT16:00:00.000+0000') END,
    'fixVersions': [{'id': v.id, 'name': CASE WHEN i.n % 1300 = 9 THEN replace(v.name, ' ', '') ELSE v.name END}],
    'assignee': {'displayName': w.name, 'emailAddress': w.email},
    'customfield_10042': CASE WHEN kind IN ('Bug', 'Incident') AND dice(i.n, 'acc', 3) = 0 THEN sfid('001', dice(i.n, 'acct', 300)) END} AS fields
  FROM (
    SELECT n, getvariable('first_day') + (n * 1090 // 12000)::INTEGER AS created, pick(['Story', 'Bug', 'Bug', 'Task', 'Incident'], n, 'kind') AS kind,
      created + 1 + dice(n, 'fix', 70)::INTEGER AS resolved, dice(n, 'done', 100) < 88 AND resolved <= getvariable('last_day') AS done
    FROM range(12000) AS t(n)
  ) i
  JOIN versions v ON v.n = least(47, date_diff('day', getvariable('first_day'), i.created) // 21)
  JOIN workers w ON w.n = 71 + dice(i.n, 'assignee', 99) ORDER BY i.n
) TO '{out}/atlassian/issues.jsonl';
