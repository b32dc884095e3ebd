-- Keep a shadow's scores beside the record that they are of.
-- KEYS: 1 comment. ARGV: 1 version that was scored, 2 scores
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'z', ARGV[2])
return 1
