-- The machines' database: eight machines on four lines, two shifts a day from Monday to Saturday.
CREATE TABLE machine AS SELECT concat('M', n + 1) AS asset_id, concat('Line ', chr((65 + n // 2)::INTEGER)) AS line,
  concat('Weaver ', n + 1) AS name, 30 + n * 7 AS ideal_cycle_s, 'Plauen' AS site, 'Europe/Berlin' AS tz FROM range(8) AS t(n);
CREATE TABLE shifts AS
SELECT row_number() OVER (ORDER BY day, half, asset_id) AS n, asset_id, ideal_cycle_s, day, day + to_hours((4 + 8 * half)::INTEGER) AS start,
  5 + dice(day, concat(asset_id, half, 's'), 36) AS setup,
  CASE WHEN dice(day, concat(asset_id, half, 'd'), 5) < 2 THEN 1 + dice(day, concat(asset_id, half, 'dd'), 90) ELSE 0 END AS down
FROM days, range(2) AS h(half), machine
WHERE dayofweek(day) > 0 AND day NOT IN (DATE '2026-05-12', DATE '2026-05-13');  -- two days nobody recorded
CREATE TABLE event AS
SELECT row_number() OVER (ORDER BY start, asset_id, minute) AS event_id, asset_id, state, reason_code,
  strftime(start + to_minutes(minute::INTEGER), '%Y-%m-%d %H:%M:%S') AS start_utc,
  strftime(start + to_minutes(until::INTEGER), '%Y-%m-%d %H:%M:%S') AS end_utc,
  -- a gateway on line D kept some of it for days
  strftime(start + to_minutes(until::INTEGER) + CASE WHEN asset_id = 'M8' AND n % 120 < 2 THEN to_days(5) ELSE to_seconds(20) END, '%Y-%m-%d %H:%M:%S') AS received_utc
FROM (
  SELECT *, unnest([
    {'state': 'SETUP', 'reason_code': 'CHANGEOVER', 'minute': 0, 'until': setup},
    {'state': 'RUN', 'reason_code': NULL, 'minute': setup, 'until': 120},
    {'state': 'DOWN', 'reason_code': pick(['YARN_BREAK', 'REED', 'SENSOR'], n, 'why'), 'minute': 120, 'until': 120 + down},
    {'state': 'RUN', 'reason_code': NULL, 'minute': 120 + down, 'until': 240},
    {'state': 'OFF', 'reason_code': 'PLANNED_BREAK', 'minute': 240, 'until': 260},
    {'state': 'RUN', 'reason_code': NULL, 'minute': 260, 'until': 480}], recursive := true) FROM shifts
) WHERE until > minute;
CREATE TABLE production_count AS
SELECT asset_id, strftime(start, '%Y-%m-%d %H:%M:%S') AS shift_start_utc, CASE WHEN n % 2500 = 60 THEN -1 ELSE total END AS total_count,
  total - dice(n, 'scrap', 1 + total // 25) AS good_count
FROM (SELECT *, (460 - setup - down) * 60 * (80 + dice(n, 'pace', 20)) // 100 // ideal_cycle_s AS total FROM shifts) ORDER BY n;
CREATE TABLE planned_stop AS
SELECT row_number() OVER (ORDER BY start, asset_id) AS stop_id, asset_id, strftime(start + to_minutes(240), '%Y-%m-%d %H:%M:%S') AS start_utc,
  20 AS minutes, 'Break' AS reason FROM shifts ORDER BY 1;
CREATE TABLE ashi_calibration_v2_final AS
SELECT n AS id, concat('M', 1 + n % 8) AS m, strftime(DATE '2024-02-01' + to_hours((n * 2)::INTEGER), '%d/%m/%y %H') AS ts, dice(n, 'x', 1000) / 10 AS x1, dice(n, 'y', 1000) / 10 AS x2_corr
FROM range(5000) AS t(n);
