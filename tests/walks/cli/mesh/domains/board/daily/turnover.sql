SELECT day, sum(amount) AS amount FROM shop.orders.orders GROUP BY day
