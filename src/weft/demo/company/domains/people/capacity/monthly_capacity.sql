-- Heads and FTE of each department on the first of each month, and the days off in it.
WITH months AS (
  SELECT DISTINCT CAST(date_trunc('month', day) AS DATE) AS month FROM people.absences.time_off
), away AS (
  SELECT CAST(date_trunc('month', t.day) AS DATE) AS month, w.department, sum(t.hours) / 8 AS days
  FROM people.absences.time_off t JOIN people.staff.workers w ON w.employee_id = t.employee_id
  GROUP BY ALL
)
SELECT m.month, w.department, count(*) AS heads, sum(w.fte) AS fte, coalesce(any_value(a.days), 0) AS days_away
FROM months m
JOIN people.staff.workers w ON w.hired_on <= m.month AND (w.left_on IS NULL OR w.left_on >= m.month)
LEFT JOIN away a ON a.month = m.month AND a.department = w.department
GROUP BY m.month, w.department
