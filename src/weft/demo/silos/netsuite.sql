-- NetSuite: saved searches as text with pipes; decimal comma, days as d.M.yyyy (rewritten as Latin-1 afterwards).
CREATE MACRO german(day) AS concat(day(day), '.', month(day), '.', year(day));
CREATE MACRO comma(amount) AS replace(replace(replace(format('{:,.2f}', amount::DOUBLE), ',', '_'), '.', ','), '_', '.');
COPY (
  SELECT 100 + m AS id, strftime(month, '%b %Y') AS periodname, german(month) AS startdate, german(last_day(month)) AS enddate,
    CASE WHEN m < 35 THEN 'T' ELSE 'F' END AS closed, CASE WHEN m < 35 THEN german((month + to_months(1) + to_days(11))::DATE) END AS closedondate
  FROM months ORDER BY m
) TO '{out}/netsuite/accountingperiod.psv' (DELIMITER '|');
COPY (FROM (VALUES (4000, 'Revenue: Looms', 'Income'), (4100, 'Revenue: Parts', 'Income'), (4200, 'Revenue: Service', 'Income'),
  (5000, 'Cost of looms', 'COGS'), (5100, 'Cost of parts', 'COGS'), (5200, 'Cost of service', 'COGS'), (6000, 'Löhne und Gehälter', 'Expense'),
  (1200, 'Debitoren', 'AcctRec')) AS t(id, fullname, accttype)) TO '{out}/netsuite/account.psv' (DELIMITER '|');
COPY (SELECT item AS id, CASE WHEN item = 3 THEN 'LOOM-PRO' ELSE upper(replace(name, ' ', '-')) END AS itemid, name AS displayname, family AS class, comma(price) AS baseprice FROM items)
  TO '{out}/netsuite/item.psv' (DELIMITER '|');
COPY (
  SELECT 5000 + n AS id, CASE WHEN n = 299 THEN 'Messy Looms Österreich GmbH' ELSE name END AS companyname,
    CASE WHEN n % 71 = 9 THEN lower(account_id) ELSE account_id END AS externalid, country, CASE WHEN n = 299 THEN 'T' ELSE 'F' END AS isintercompany
  FROM customers ORDER BY n
) TO '{out}/netsuite/customer.psv' (DELIMITER '|');

CREATE TABLE invoices AS
SELECT row_number() OVER (ORDER BY cm.month, cm.n) AS id, cm.n, cm.m, cm.month + dice(cm.n * 40 + cm.m, 'day', 28)::INTEGER AS day, cm.arr
FROM customer_months cm WHERE cm.arr > 0 AND dice(cm.n * 40 + cm.m, 'bills', 10) > 0;
CREATE TABLE transactions AS
SELECT 200000 + id AS id, concat(kind, id) AS tranid, type, n, m, day, CASE WHEN id % 33 = 4 THEN 'F' ELSE 'T' END AS posting,
  day + CASE WHEN id % 397 = 13 THEN 60 ELSE dice(id, 'keyed', 4)::INTEGER END AS created, sign, arr, again
FROM (SELECT id, 'INV' AS kind, 'CustInvc' AS type, n, m, day, 1 AS sign, arr, 0 AS again FROM invoices
  UNION ALL SELECT id + 50000, 'CM', 'CustCred', n, m, day + 1, -1, arr, 0 FROM invoices WHERE id % 45 = 2 AND day(day) < 27
  UNION ALL SELECT id, 'INV', 'CustInvc', n, m, day, 1, arr, 1 FROM invoices WHERE id % 250 = 9);
CREATE TABLE lines AS
SELECT t.id AS transaction, k + 1 AS line, i.item, i.family, t.posting, t.sign * q AS quantity,
  (t.sign * q * i.price)::DECIMAL(12, 2) AS net, (t.sign * q * i.cost * (90 + dice(t.id, 'cost', 21)) / 100)::DECIMAL(12, 2) AS cost
FROM transactions t, range(2) AS r(k), items i CROSS JOIN LATERAL (SELECT 1 + t.arr // 24000 + dice(t.id * 2 + k, 'lq', 4) AS q)
WHERE t.again = 0 AND i.item = 1 + dice(t.id * 2 + k, 'li', 5) AND (k = 0 OR t.id % 3 > 0);
COPY (
  SELECT transaction, line AS id, item, quantity, comma(net) AS netamount, 1 AS subsidiary FROM lines ORDER BY transaction, line
) TO '{out}/netsuite/transactionline.psv' (DELIMITER '|');
COPY (
  SELECT transaction, line AS transactionline, 1 AS accountingbook, account, CASE WHEN transaction % 1900 = 77 THEN '#REF' ELSE comma(amount) END AS amount, posting FROM (
    SELECT *, map {'Looms': 4000, 'Parts': 4100, 'Service': 4200}[family] AS account, net AS amount FROM lines
    UNION ALL SELECT *, map {'Looms': 5000, 'Parts': 5100, 'Service': 5200}[family], cost FROM lines)
  ORDER BY transaction, line, account
) TO '{out}/netsuite/transactionaccountingline.psv' (DELIMITER '|');
