-- Keep a shadow's scores beside the record that they are of; each shadow has a field of its own.
-- KEYS: 1 comment. ARGV: 1 version that was scored, 2 scores, 3 the shadow's field, 4 how many shadows may keep some
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return 0 end
if redis.call('HEXISTS', KEYS[1], ARGV[3]) == 0 then
  local shadows = 0
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(field, 1, 2) == 'z:' then shadows = shadows + 1 end
  end
  if shadows >= tonumber(ARGV[4]) then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[2])
return 1
