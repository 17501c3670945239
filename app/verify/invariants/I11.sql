-- The numbers of invoices and credit notes have no gaps in their series.
-- always
SELECT format('series %s has %s documents, numbered from %s to %s', series, count(*), min(number), max(number))
    AS violation
FROM billing.invoices
GROUP BY series
HAVING min(number) <> 1 OR max(number) <> count(*) OR count(DISTINCT number) <> count(*)
