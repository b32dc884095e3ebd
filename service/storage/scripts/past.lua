-- Read the records of up to 500 comments of one status by id.
-- KEYS: 1 index of the status
-- ARGV: 1 behind which id, 2 up to which, 3 how many, 4 what comment keys begin with
-- Returns the last id looked at and the records, an empty one where there is none.
local ids = redis.call('ZRANGEBYLEX', KEYS[1], '(' .. ARGV[1], '[' .. ARGV[2], 'LIMIT', 0, ARGV[3])
local found = {ids[#ids] or ''}
for i, id in ipairs(ids) do
  local key = ARGV[4] .. id
  found[i + 1] = redis.call('TYPE', key).ok == 'hash' and redis.call('HGET', key, 'r') or ''
end
return found
