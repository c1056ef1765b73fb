SELECT event, count(*) AS n
FROM events
WHERE type = 'track'
GROUP BY ALL
ORDER BY n DESC
