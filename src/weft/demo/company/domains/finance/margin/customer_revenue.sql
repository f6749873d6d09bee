SELECT year(p.starts_on) AS year, c.account_id, sum(b.amount) AS revenue
FROM finance.ledger.postings b
JOIN finance.ledger.accounts a ON a.account_id = b.account_id
JOIN finance.ledger.transactions t ON t.transaction_id = b.transaction_id
JOIN finance.ledger.periods p ON p.period_id = t.period_id
JOIN finance.ledger.customers c ON c.customer_id = t.customer_id
WHERE b.posted AND t.posted AND NOT c.intercompany AND a.kind = 'Income' AND c.account_id IS NOT NULL
GROUP BY ALL
