-- Count a try of an entry alone, or take it back: of one that is done with, nothing is counted any more.
-- KEYS: 1 attempts, 2 entry's stream. ARGV: 1 entry id, 2 step
if #redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
