-- The smallest id of version 7 that can be made at this time: ids of tasks compare as their times do (RFC 9562 §5.7).
-- A time before 1970 has no id: the smallest of all stands for it.
create or replace function first_id_at(p_at timestamptz) returns uuid
language sql immutable
as $$
  select (lpad(to_hex(greatest(floor(extract(epoch from p_at) * 1000)::int8, 0)), 12, '0') || repeat('0', 20))::uuid
$$;
