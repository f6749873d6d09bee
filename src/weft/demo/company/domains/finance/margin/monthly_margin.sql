-- Posted only, without our own companies; summed before anything is divided.
SELECT p.starts_on AS month, i.class, p.closed,
  sum(CASE WHEN a.kind = 'Income' THEN b.amount ELSE 0 END) AS revenue,
  sum(CASE WHEN a.kind = 'COGS' THEN b.amount ELSE 0 END) AS cogs
FROM finance.ledger.postings b
JOIN finance.ledger.accounts a ON a.account_id = b.account_id
JOIN finance.ledger.transactions t ON t.transaction_id = b.transaction_id
JOIN finance.ledger.lines l ON l.transaction_id = b.transaction_id AND l.line = b.line
JOIN finance.ledger.items i ON i.item_id = l.item_id
JOIN finance.ledger.periods p ON p.period_id = t.period_id
JOIN finance.ledger.customers c ON c.customer_id = t.customer_id
WHERE b.posted AND t.posted AND NOT c.intercompany
GROUP BY ALL
