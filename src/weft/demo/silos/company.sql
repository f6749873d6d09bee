-- What happened at Messy, Inc. between 2023-10-01 and 2026-09-30; every silo tells a part of it in its own way.
-- dice(n, what, sides): the same number below `sides` each time, another one for each thing that is asked about n.
CREATE MACRO dice(n, what, sides) AS (md5_number_lower(concat_ws('/', n::VARCHAR, what)) % sides)::BIGINT;
CREATE MACRO sfid(prefix, n) AS concat(prefix, '5e', lpad(n::VARCHAR, 10, '0'), 'QAA');
CREATE MACRO pick(list, n, what) AS list[dice(n, what, len(list)) + 1];
SET VARIABLE first_day = DATE '2023-10-01';
SET VARIABLE last_day = DATE '2026-09-30';
SET VARIABLE first_names = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gina', 'Hugo', 'Ida', 'Jürgen', 'Kira', 'Leo',
  'Mona', 'Nils', 'Olga', 'Piet', 'Quinn', 'Rosa', 'Stig', 'Tara', 'Ulf', 'Vera', 'Wim', 'Zoë'];
SET VARIABLE last_names = ['Abt', 'Berg', 'Costa', 'Dahl', 'Ernst', 'Falk', 'Gatti', 'Holm', 'Ilic', 'Jung', 'Kern',
  'Lang', 'Müller', 'Nowak', 'Olsen', 'Petit', 'Quist', 'Rossi', 'Sørensen', 'Thoma', 'Urban', 'Vidal', 'Weiß', 'Zeller'];
SET VARIABLE countries = ['DE', 'FR', 'NL', 'AT', 'PL', 'ES', 'SE', 'DK'];

CREATE TABLE days AS SELECT getvariable('first_day') + i::INTEGER AS day FROM range(1096) AS t(i);
CREATE TABLE months AS
  SELECT m::INTEGER AS m, (getvariable('first_day') + to_months(m::INTEGER))::DATE AS month FROM range(36) AS t(m);

CREATE TABLE items AS FROM (VALUES
  (1, 'Loom 100', 'Looms', 900, 520), (2, 'Loom 200', 'Looms', 1350, 790), (3, 'Loom Pro', 'Looms', 4800, 2450),
  (4, 'Shuttle', 'Parts', 120, 60), (5, 'Bobbin Care', 'Service', 300, 90)) AS t(item, name, family, price, cost);

-- Employees. Their number tells the department; some have a name because documents of the mesh name them.
CREATE TABLE workers AS
WITH plain AS (
  SELECT n, concat('E', lpad(n::VARCHAR, 4, '0')) AS employee_id,
    coalesce(map {0: 'Sam Rivers', 40: 'Mia Chen', 70: 'Noor Haddad', 170: 'Ines Okafor', 200: 'Felix Adler',
      230: 'Paula Novak', 260: 'Greta Lund', 261: 'Ashi Rao'}[n],
      concat(getvariable('first_names')[n % 24 + 1], ' ', getvariable('last_names')[(n // 24 * 7 + n) % 24 + 1])) AS name,
    CASE WHEN n < 40 THEN 'Sales' WHEN n < 70 THEN 'Marketing' WHEN n < 170 THEN 'Product' WHEN n < 200 THEN 'Success'
      WHEN n < 230 THEN 'Finance' WHEN n < 260 THEN 'People' ELSE 'Manufacturing' END AS department,
    DATE '2012-01-01' + dice(n, 'hired', 4600)::INTEGER AS hired,
    38000 + 500 * dice(n, 'pay', 90) AS pay
  FROM range(420) AS t(n)
)
SELECT *, replace(replace(replace(strip_accents(lower(name)), 'ß', 'ss'), 'ø', 'o'), ' ', '.') || '@messy.example' AS email,
  CASE WHEN n = 261 THEN DATE '2025-03-31'
    WHEN n % 40 > 3 AND dice(n, 'left', 9) = 0 THEN greatest(hired + 90, DATE '2023-11-01' + dice(n, 'when', 1000)::INTEGER)
  END AS left_on,
  CASE WHEN n = 261 THEN 'Process Engineer' WHEN n % 40 = 0 OR n IN (70, 170, 230, 260) THEN 'Head of ' || department
    WHEN department = 'Sales' THEN 'Account Executive' ELSE pick(['Specialist', 'Analyst', 'Lead'], n, 'title') END AS title
FROM plain;

CREATE TABLE accounts AS
SELECT n, sfid('001', n) AS id,
  concat(pick(getvariable('last_names'), n, 'a1'), ' ', pick(['Textil', 'Weaving', 'Tissages', 'Garn', 'Mode'], n, 'a2'), ' ',
    pick(['AG', 'SA', 'BV', 'GmbH', 'A/S'], n, 'a3'), ' ', n) AS name,
  pick(getvariable('countries'), n, 'country') AS country,
  getvariable('first_day') - 400 + dice(n, 'since', 1300)::INTEGER AS created
FROM range(1200) AS t(n);

CREATE TABLE opportunities AS
WITH born AS (
  SELECT n, getvariable('first_day') + (n * 1060 // 3000 + CASE WHEN n < 5 THEN 0 ELSE dice(n, 'born', 20) END)::INTEGER AS created,
    15 + dice(n, 'takes', 110) AS takes
  FROM range(3000) AS t(n)
)
SELECT n, sfid('006', n) AS id, created, takes, (created + takes::INTEGER)::DATE AS closes,
  created + takes::INTEGER <= getvariable('last_day') AS closed, dice(n, 'won', 100) < 44 AS won,
  CASE WHEN dice(n, 'known', 10) < 7 THEN dice(n, 'account', 300) ELSE dice(n, 'account', 1200) END AS account,
  1 + least(dice(n, 'seller', 39), dice(n, 'seller2', 39)) AS seller,
  ((dice(n, 'size', 46) + 4) * (dice(n, 'size2', 90) + 10) * 50 + dice(n, 'cents', 100) / 100)::DECIMAL(12, 2) AS amount,
  pick(['Web', 'Trade Show', 'Referral', 'Outbound'], n, 'source') AS source
FROM born;

-- Customers: accounts below 300. Their yearly renewal changes what they pay; one in nine leaves.
CREATE TABLE customers AS
WITH c AS (
  SELECT n, a.id AS account_id, a.name, a.country, (getvariable('first_day') - 300 + dice(n, 'contract', 900)::INTEGER) AS since,
    (dice(n, 'arr', 60) + 5) * 1200 AS arr
  FROM accounts a WHERE n < 300
)
SELECT *, CASE WHEN dice(n, 'churn', 9) = 0 THEN (since + to_years(1 + dice(n, 'churn2', 2)::INTEGER))::DATE END AS churned FROM c;

CREATE TABLE customer_months AS
SELECT c.n, m.m, m.month, CASE WHEN c.churned <= m.month THEN 0 ELSE
    c.arr * (CASE WHEN age >= 12 THEN 88 + dice(c.n, 'y1', 40) ELSE 100 END) // 100
          * (CASE WHEN age >= 24 THEN 88 + dice(c.n, 'y2', 40) ELSE 100 END) // 100 END AS arr,
  least(100, greatest(5, 40 + dice(c.n, 'score', 50) + dice(c.n * 100 + m.m, 'wobble', 21) - 10
    - CASE WHEN c.churned - m.month < 150 THEN 30 ELSE 0 END)) AS score
FROM customers c JOIN months m ON m.month >= c.since
CROSS JOIN LATERAL (SELECT date_diff('month', c.since, m.month) AS age);
