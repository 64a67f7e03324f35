-- In which bucket of a histogram a duration lies: 0 for none at all, else 1 + k where γ^(k-1) < p_micros <= γ^k, with
-- γ = 1.02 / 0.98. Buckets are the same for all histograms, so these are merged by adding them up, and the value that
-- duration_of_bucket() gives is never further than 2 % from a duration in the bucket.
-- Without a search path of its own: the planner takes it in, as it is called for every attempt.
create or replace function duration_bucket(p_micros int8) returns int2
language sql immutable parallel safe
as $$
  select case when p_micros <= 0 then 0 else 1 + ceil(ln(p_micros::float8) / ln(1.02::float8 / 0.98)) end::int2
$$;
