-- The numbers of invoices and credit notes have no gaps in their series, except for those recorded as lost.
-- always
WITH taken AS (
        SELECT series, number AS first, number AS last FROM billing.invoices
        UNION ALL SELECT series, first, last FROM billing.lost_numbers)
SELECT format('series %s has %s documents and lost numbers, numbered from %s to %s',
    series, sum(last - first + 1), min(first), max(last)) AS violation
FROM taken
GROUP BY series
HAVING min(first) <> 1 OR max(last) <> sum(last - first + 1) OR count(DISTINCT first) <> count(*)
UNION ALL
SELECT format('document %s has the number %s of series %s, which is recorded as lost', i.id, i.number, i.series)
FROM billing.lost_numbers l
    JOIN billing.invoices i ON i.series = l.series AND i.number BETWEEN l.first AND l.last
