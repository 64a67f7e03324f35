-- The duration that stands for all in a bucket, in microseconds: see duration_bucket().
create or replace function duration_of_bucket(p_bucket int2) returns float8
language sql immutable parallel safe
as $$
  select case when p_bucket <= 0 then 0 else 2 * (1.02::float8 / 0.98) ^ (p_bucket - 1) / (1.02::float8 / 0.98 + 1) end
$$;
