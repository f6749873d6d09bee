-- Seconds by state from the events, pieces from the counters; planned stops do not count as planned time.
WITH spent AS (
  SELECT CAST(e.start_utc AS DATE) AS day, m.line,
    sum(CASE WHEN e.state <> 'OFF' THEN date_diff('second', e.start_utc, e.end_utc) ELSE 0 END) AS planned_s,
    sum(CASE WHEN e.state = 'RUN' THEN date_diff('second', e.start_utc, e.end_utc) ELSE 0 END) AS run_s
  FROM manufacturing.machines.events e JOIN manufacturing.machines.machines m ON m.asset_id = e.asset_id
  GROUP BY ALL
), made AS (
  SELECT CAST(c.shift_start_utc AS DATE) AS day, m.line, sum(c.total_count * m.ideal_cycle_s) AS ideal_s,
    sum(c.total_count) AS total_count, sum(c.good_count) AS good_count
  FROM manufacturing.machines.counts c JOIN manufacturing.machines.machines m ON m.asset_id = c.asset_id
  GROUP BY ALL
)
SELECT s.day, s.line, s.planned_s, s.run_s, coalesce(p.ideal_s, 0) AS ideal_s,
  coalesce(p.total_count, 0) AS total_count, coalesce(p.good_count, 0) AS good_count
FROM spent s LEFT JOIN made p ON p.day = s.day AND p.line = s.line
