-- The desk nests the requester; the product does not.
SELECT ticket_id, account_id, opened_at, status, severity, requester.email AS requester_email
FROM desk.tickets
