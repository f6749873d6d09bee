-- The first promise against the day of the release.
WITH promised AS (
  SELECT version_id, any_value(project) AS project, any_value(name) AS name,
    arg_min(release_date, snapshot_date) AS first_planned,
    max(CASE WHEN released THEN release_date END) AS released_on
  FROM product.releases.version_snapshots GROUP BY version_id
), work AS (
  SELECT fix_version, count(*) AS issues, count(*) FILTER (WHERE kind IN ('Bug', 'Incident')) AS bugs
  FROM product.issues.issues GROUP BY fix_version
)
SELECT p.version_id, p.project, p.name, p.first_planned, p.released_on,
  date_diff('day', p.first_planned, p.released_on) AS days_late,
  date_diff('day', lag(p.released_on) OVER (PARTITION BY p.project ORDER BY p.released_on NULLS LAST, p.version_id),
    p.released_on) AS days_since,
  coalesce(w.issues, 0) AS issues, coalesce(w.bugs, 0) AS bugs
FROM promised p LEFT JOIN work w ON w.fix_version = p.name
