-- The error of an attempt whose worker died, in the form of every stored error.
create or replace function lost_error(p_message text, p_attempt int2) returns json
language sql immutable
as $$
  select json_build_object('message', p_message, 'error_class', 'WorkerLostError', 'error_code', 'WORKER_LOST',
    'error_category', 'infrastructure', 'context', json_build_object(), 'stack', null,
    'attempt', p_attempt, 'retryable', true)
$$;
