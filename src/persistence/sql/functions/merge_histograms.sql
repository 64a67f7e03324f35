-- Adds two histograms up. A histogram is a list of buckets (duration_bucket()), each with how many lie in it in its lower 48
-- bits, in order.
create or replace function merge_histograms(p_one int8[], p_other int8[]) returns int8[]
language sql immutable parallel safe
as $$
  select coalesce(array_agg((m.bucket << 48) + m.n order by m.bucket), '{}')
  from (
    select e >> 48 as bucket, sum(e & 281474976710655)::int8 as n from unnest(p_one || p_other) e group by e >> 48
  ) m
$$;
