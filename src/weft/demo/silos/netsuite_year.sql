-- One year of NetSuite's transactions; some are there twice.
COPY (
  SELECT id, tranid, type, CASE WHEN id % 2400 = 31 THEN '31.2.' || year(day) ELSE german(day) END AS trandate, posting,
    100 + m AS postingperiod, 5000 + n AS entity, 'EUR' AS currency, german(created) AS createddate
  FROM transactions WHERE year(day) = {year} ORDER BY again, id
) TO '{out}/netsuite/transaction-{year}.psv' (DELIMITER '|');
